import { type Flush, KINDS, type Kind } from '../domain/journal.ts'

/** The maximum number of events of each kind per flush; the newest are sent. The store keeps 1,000 of each kind. */
const EVENTS_PER_FLUSH_MAX = 100

interface PendingEvents {
  lines: { nth: number; line: string }[]
  skipped: number
}

/** Recent events that were not sent to the store yet. */
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

  /** Returns and removes the events in order of time. The first event of a kind has the number of skipped ones before it. */
  take(): Flush['events'] {
    const events = KINDS.flatMap((kind) => {
      const { lines, skipped } = this.#kinds.get(kind) ?? { lines: [], skipped: 0 }
      return lines.map(({ nth, line }, i) => ({ nth, kind, json: i === 0 ? withSkipped(skipped, line) : line }))
    })
    this.#kinds = new Map()
    return events.sort((one, other) => one.nth - other.nth).map(({ kind, json }) => ({ kind, json }))
  }
}

const withSkipped = (skipped: number, line: string): string =>
  skipped === 0 ? line : `${line.slice(0, -1)},"skipped":${skipped}}`
