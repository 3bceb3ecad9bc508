import type { Entry } from '../../protocol/entry.ts'
import { PAGE_MAX_BYTES } from '../../protocol/limits.ts'

/**
 * The first page of a sequence of entries, given in the direction of reading: at most `entries` entries, `messages`
 * messages and PAGE_MAX_BYTES bytes, but at least one entry.
 */
export function firstPage(run: Iterable<Entry>, most: { messages?: number; entries: number }): Entry[] {
  const page: Entry[] = []
  let messages = 0
  let weight = 0
  for (const entry of run) {
    if (page.length === most.entries) break
    if (entry.kind === 'message' && ++messages > (most.messages ?? Infinity)) break
    weight += weightOf(entry)
    if (weight > PAGE_MAX_BYTES && page.length > 0) break
    page.push(entry)
  }
  return page
}

/** `seq`, `kind`, `room`, `at` and `by` without the names in them, and the punctuation of all of it. */
const FRAME_BYTES = 105
/** Each of `sentAt`, `target`, `replyTo` and `deleted`, with its key. */
const NUMBER_BYTES = 28
/** `emoji` and `on`. */
const REACTION_BYTES = 90
/** Up to this length a text is counted at six bytes per character (the JSON of a control character), without measuring. */
const SHORT = 16

/** An upper bound for the length of an entry as JSON, in UTF-8 bytes; close to it where the text is long. */
function weightOf({ text, room, by, clientId, emoji, sentAt, target, replyTo, deleted }: Entry): number {
  // A name holds no control characters, so that a character of it is three bytes at most.
  let weight = FRAME_BYTES + room.length + by.id.length + 3 * by.name.length
  if (clientId !== undefined) weight += 15 + clientId.length
  if (text !== undefined) weight += 8 + (text.length <= SHORT ? 6 * SHORT + 2 : Buffer.byteLength(JSON.stringify(text)))
  if (emoji !== undefined) weight += REACTION_BYTES
  for (const number of [sentAt, target, replyTo, deleted]) if (number !== undefined) weight += NUMBER_BYTES
  return weight
}
