import type { GroupCommit } from './group-commit.ts'
import { dependentsOf, dueOf, keys } from './keys.ts'
import type { Snapshot } from './snapshot.ts'

const AT_ONCE = 1_000

/** Deletes expired rows, and the rows that depend on them. */
export async function expire(groupCommit: GroupCommit, now: number): Promise<void> {
  for (let more = true; more; ) {
    const due = await groupCommit.read(async (view) => {
      const names = await view.names(keys.dues, { limit: AT_ONCE })
      const ended = names.map(dueOf).filter(({ at }) => at <= now)
      return Promise.all(ended.map(async (one) => ({ ...one, with: await rowsUnder(view, dependentsOf(one.what)) })))
    })
    await Promise.all(
      due.map(({ at, what, with: others }) =>
        groupCommit.run((tx) => {
          tx.delete(keys.due(at, what))
          // A renewed row has a later due key.
          if ((tx.get(what)?.until ?? 0) > now) return
          for (const key of [what, ...others]) tx.delete(key)
        }),
      ),
    )
    more = due.length === AT_ONCE
  }
}

async function rowsUnder(view: Snapshot, prefix: string | undefined): Promise<string[]> {
  if (prefix === undefined) return []
  const names = await view.names(prefix, { limit: Infinity })
  return names.map((name) => prefix + name)
}
