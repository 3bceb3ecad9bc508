import { randomBytes } from 'node:crypto'
import type { Entry } from '../../protocol/entry.ts'
import { TEXT_MAX_CHARS } from '../../protocol/limits.ts'
import type { User } from '../../protocol/people.ts'

/** What somebody said, whole. */
export interface Said {
  by: User
  text: string
  /** Unix milliseconds on the store's clock. */
  at: number
  /** Of a broadcast: to how many it went when it was said. */
  recipients?: number
}

export interface Part {
  clientId: string
  text: string
}

/** Texts that are begun and not ended yet, on this node; of more, the oldest is given up. */
const OPEN_MOST = 64

/**
 * A message of a dialect may be longer than a message of the log: it is kept as several, whose clientIds say so, and
 * whoever speaks a dialect gets them as the one that it was. One without text is kept as a space, part 0 of 0, since a
 * message of the log has a text.
 */
export function partsOf(text: string, recipients?: number): Part[] {
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

/** Makes whole again what was kept in parts. */
export class ChunkedMessages {
  readonly #begun = new Map<string, string[]>()

  /** Undefined until the last part is there, and for what is no message. */
  take({ kind, by, text, at, clientId = '' }: Entry): Said | undefined {
    if (kind !== 'message' || text === undefined) return
    const [, id, recipients, part = 1, of = 1] =
      /^((?:part|cast(\d{1,7}))-[0-9a-f]{18})-(\d)-(\d)$/.exec(clientId) ?? []
    const whole = (text: string): Said => ({ by, text, at, ...(recipients && { recipients: Number(recipients) }) })
    if (of === '0') return whole('')
    if (Number(of) <= 1) return whole(text)
    const key = `${by.id} ${id}`
    const before = this.#begun.get(key) ?? []
    this.#begun.delete(key)
    // The ones before were said before this node began to listen, or are lost with the node that said them.
    if (before.length !== Number(part) - 1) return whole(text)
    const texts = [...before, text]
    if (part === of) return whole(texts.join(''))
    this.#begun.set(key, texts)
    if (this.#begun.size > OPEN_MOST) this.#begun.delete(this.#begun.keys().next().value!)
  }
}
