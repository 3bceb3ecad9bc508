import type { Entry } from '../../../protocol/entry.ts'
import { PAGE_MAX_ENTRIES } from '../../../protocol/limits.ts'
import type { Page, RoomLog } from '../../domain/ports.ts'

/** Number of newest entries to scan before the binary search: most requests are for recent messages. */
const NEWEST_ENTRIES = 50

/**
 * The sequence number of the newest entry at or before `timeMs` (Unix milliseconds), 0 if there is none. Entry times never
 * decrease within a log, so a binary search is exact.
 */
export async function lastSeqAt(log: RoomLog, room: string, timeMs: number): Promise<number> {
  const newest = await log.read(room, { entries: NEWEST_ENTRIES })
  const [first] = newest.entries
  if (!first) return 0
  if (first.at <= timeMs || !newest.more) return newest.entries.findLast(({ at }) => at <= timeMs)?.seq ?? 0
  let [low, high] = [0, first.seq]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    // The first remaining entry from `middle` on: retention may have deleted `middle` itself.
    const [entry] = (await log.read(room, { after: middle - 1, entries: 1 })).entries
    if (entry && entry.at <= timeMs) low = entry.seq
    else high = middle
  }
  return low
}

/**
 * Makes a page end between two milliseconds. A client that continues by time would otherwise never receive the rest of
 * the page's last millisecond. The page is cut before that millisecond, or, if it has no earlier message, extended to its end.
 */
export async function endBetweenMilliseconds(log: RoomLog, room: string, page: Page): Promise<Page> {
  const last = page.entries.at(-1)
  if (!page.more || !last) return page
  let next = await log.read(room, { after: last.seq, entries: 1 })
  if (next.entries[0]?.at !== last.at) return page
  const before = page.entries.filter(({ at }) => at < last.at)
  if (before.some(isMessage)) return { ...page, entries: before }
  const entries = [...page.entries]
  for (;;) {
    next = await log.read(room, { after: entries.at(-1)!.seq, entries: PAGE_MAX_ENTRIES })
    const sameMillisecond = next.entries.filter(({ at }) => at === last.at)
    entries.push(...sameMillisecond)
    if (sameMillisecond.length < next.entries.length || !next.more)
      return { ...page, entries, more: sameMillisecond.length < next.entries.length }
  }
}

const isMessage = ({ kind }: Entry): boolean => kind === 'message'
