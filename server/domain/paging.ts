import type { Entry } from '../../protocol/entry.ts'
import { PAGE_MAX_CHARS } from '../../protocol/limits.ts'

/**
 * How much of a run of entries makes a page: `entries` at most, `messages` messages at most, and no more than
 * PAGE_MAX_CHARS, but one entry always. Give the run in the direction of reading; what comes back is its beginning.
 */
export function firstPage(run: Iterable<Entry>, most: { messages?: number; entries: number }): Entry[] {
  const page: Entry[] = []
  let messages = 0
  let weight = 0
  for (const entry of run) {
    if (page.length === most.entries) break
    if (entry.kind === 'message' && ++messages > (most.messages ?? Infinity)) break
    weight += weightOf(entry)
    if (weight > PAGE_MAX_CHARS && page.length > 0) break
    page.push(entry)
  }
  return page
}

/** What an entry is without its text, at most: ids, numbers, names, keys. */
const FRAME_CHARS = 350
/** Up to here a text is taken at its worst, six characters for each (a control character as JSON), without looking. */
const SHORT = 16

/** The length of an entry as JSON, or a little more. */
function weightOf({ text = '' }: Entry): number {
  return FRAME_CHARS + (text.length <= SHORT ? 6 * SHORT : JSON.stringify(text).length)
}
