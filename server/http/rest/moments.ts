import type { Entry } from '../../../protocol/entry.ts'
import { PAGE_MAX_ENTRIES } from '../../../protocol/limits.ts'
import type { Page, RoomLog } from '../../domain/ports.ts'

/** So many are looked at together before the log is searched by halving: whoever asks often asks for the newest. */
const NEWEST_ENTRIES = 50

/** The seq of the newest entry of that moment or before (0 for none): `at` never steps back, so halving finds it. */
export async function lastSeqAt(log: RoomLog, room: string, moment: number): Promise<number> {
  const newest = await log.read(room, { entries: NEWEST_ENTRIES })
  const [first] = newest.entries
  if (!first) return 0
  if (first.at <= moment || !newest.more) return newest.entries.findLast(({ at }) => at <= moment)?.seq ?? 0
  let [low, high] = [0, first.seq]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    // The first one from there on, since older ones may be gone.
    const [entry] = (await log.read(room, { after: middle - 1, entries: 1 })).entries
    if (entry && entry.at <= moment) low = entry.seq
    else high = middle
  }
  return low
}

/**
 * A page that reads on by time must not end within a millisecond, or the rest of it would never be read: it ends before
 * that one, or, when there is no message before it, behind it.
 */
export async function endBetweenMilliseconds(log: RoomLog, room: string, page: Page): Promise<Page> {
  const last = page.entries.at(-1)
  if (!page.more || !last) return page
  let rest = await log.read(room, { after: last.seq, entries: 1 })
  if (rest.entries[0]?.at !== last.at) return page
  const before = page.entries.filter(({ at }) => at < last.at)
  if (before.some(isMessage)) return { ...page, entries: before }
  const entries = [...page.entries]
  for (;;) {
    rest = await log.read(room, { after: entries.at(-1)!.seq, entries: PAGE_MAX_ENTRIES })
    const same = rest.entries.filter(({ at }) => at === last.at)
    entries.push(...same)
    if (same.length < rest.entries.length || !rest.more)
      return { ...page, entries, more: same.length < rest.entries.length }
  }
}

const isMessage = ({ kind }: Entry): boolean => kind === 'message'
