import type { Followers } from './followers.ts'
import { keys } from './keys.ts'
import type { Snapshot } from './snapshot.ts'

const PAGE_ENTRIES = 1_000

/** Delivers entries that are on disk but were never delivered: a write may have failed after it took effect. */
export async function replay(view: Snapshot, followers: Followers): Promise<void> {
  for (const [room, told] of followers.positions()) {
    const head = view.get(keys.head(room))?.head ?? 0
    for (let after = told; after < head; after += PAGE_ENTRIES) {
      followers.notify(await view.entries(room, [after + 1, head], { entries: PAGE_ENTRIES }))
    }
  }
}
