import { randomBytes } from 'node:crypto'
import type { Entry } from '../../protocol/entry.ts'
import { TEXT_MAX_CHARS } from '../../protocol/limits.ts'
import type { User } from '../../protocol/people.ts'

/** A complete message of a dialect. */
export interface ChatMessage {
  by: User
  text: string
  /** Unix milliseconds on the store's clock. */
  at: number
  /** Of a broadcast: the number of recipients when it was sent. */
  recipients?: number
}

export interface MessagePart {
  clientId: string
  text: string
}

/** Most incomplete messages that are kept. Beyond that the oldest is dropped. */
const INCOMPLETE_MAX = 64

/**
 * Splits a dialect's message, which may be longer than a log entry, into several entries. Their clientIds carry the part
 * number and the total, and `ChunkedMessages` joins them for clients of dialects. A message without text is stored as a
 * space, part 0 of 0, since log messages cannot be empty.
 */
export function splitMessage(text: string, recipients?: number): MessagePart[] {
  const pieces = [...slices(text.toWellFormed())]
  const kind = recipients === undefined ? 'part' : `cast${recipients}`
  const id = randomBytes(9).toString('hex')
  if (text === '') return [{ clientId: `${kind}-${id}-0-0`, text: ' ' }]
  return pieces.map((piece, i) => ({ clientId: `${kind}-${id}-${i + 1}-${pieces.length}`, text: piece }))
}

function* slices(text: string): Generator<string> {
  if (text.length <= TEXT_MAX_CHARS) return yield text
  const points = [...text]
  for (let at = 0; at < points.length; at += TEXT_MAX_CHARS) yield points.slice(at, at + TEXT_MAX_CHARS).join('')
}

/** Joins the parts of messages that `splitMessage` has split. */
export class ChunkedMessages {
  readonly #incomplete = new Map<string, string[]>()

  /** Returns the complete message after its last part; undefined for other parts and for entries without text. */
  add({ kind, by, text, at, clientId = '' }: Entry): ChatMessage | undefined {
    if (kind !== 'message' || text === undefined) return
    const [, id, recipients, part = 1, total = 1] =
      /^((?:part|cast(\d{1,7}))-[0-9a-f]{18})-(\d)-(\d)$/.exec(clientId) ?? []
    const complete = (text: string): ChatMessage => ({
      by,
      text,
      at,
      ...(recipients && { recipients: Number(recipients) }),
    })
    if (total === '0') return complete('')
    if (Number(total) <= 1) return complete(text)
    const key = `${by.id} ${id}`
    const earlier = this.#incomplete.get(key) ?? []
    this.#incomplete.delete(key)
    // Earlier parts were stored before this node followed the room, or were lost with the node that received them.
    if (earlier.length !== Number(part) - 1) return complete(text)
    const texts = [...earlier, text]
    if (part === total) return complete(texts.join(''))
    this.#incomplete.set(key, texts)
    if (this.#incomplete.size > INCOMPLETE_MAX) this.#incomplete.delete(this.#incomplete.keys().next().value!)
  }
}
