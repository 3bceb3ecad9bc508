import { type Flush, KINDS, type Kind } from '../domain/journal.ts'

/** Of each kind, so many events a flush go to the store, the newest ones: it keeps no more than a thousand of a kind. */
const EVENTS_PER_FLUSH_MAX = 100

interface PendingEvents {
  lines: { nth: number; line: string }[]
  skipped: number
}

/** The events that the store has not been told of. */
export class LatestEvents {
  #kinds = new Map<Kind, PendingEvents>()
  #nth = 0

  add(kind: Kind, line: string): void {
    const waiting = this.#kinds.get(kind) ?? { lines: [], skipped: 0 }
    this.#kinds.set(kind, waiting)
    waiting.lines.push({ nth: this.#nth++, line })
    if (waiting.lines.length <= EVENTS_PER_FLUSH_MAX) return
    waiting.lines.shift()
    waiting.skipped++
  }

  /** In the order in which they happened; the first of a kind says how many came before and are left out. */
  take(): Flush['events'] {
    const events = KINDS.flatMap((kind) => {
      const { lines, skipped } = this.#kinds.get(kind) ?? { lines: [], skipped: 0 }
      return lines.map(({ nth, line }, i) => ({ nth, kind, json: i === 0 ? noting(skipped, line) : line }))
    })
    this.#kinds = new Map()
    return events.sort((one, other) => one.nth - other.nth).map(({ kind, json }) => ({ kind, json }))
  }
}

const noting = (skipped: number, line: string): string =>
  skipped === 0 ? line : `${line.slice(0, -1)},"skipped":${skipped}}`
