import { type Histogram, mergeHistograms, observe } from '../domain/histogram.ts'
import type { Counts, Flush, JournalEvent, Way } from '../domain/journal.ts'
import { COUNTS, noCounts } from '../domain/journal-totals.ts'

const COUNT_OF = {
  connection: 'connections',
  disconnect: 'disconnects',
  match: 'matches',
  message: 'messages',
  error: 'errors',
  start: undefined,
  drain: undefined,
} as const

/** The counts of one interval. */
export class PendingCounts {
  readonly by: { [W in Way]?: Counts } = {}
  deliveries = 0
  readonly append: Histogram = []
  readonly delivery: Histogram = []

  recorded({ kind, way }: JournalEvent): void {
    const count = COUNT_OF[kind]
    if (count) this.#of(way)[count]++
  }

  bytes(way: Way, bytesIn: number, bytesOut: number): void {
    const counts = this.#of(way)
    counts.bytesIn += bytesIn
    counts.bytesOut += bytesOut
  }

  appended(ms: number): void {
    observe(this.append, ms)
  }

  delivered(deliveries: number, ms: number): void {
    if (deliveries === 0) return
    this.deliveries += deliveries
    observe(this.delivery, ms, deliveries)
  }

  /** Adds the counts of `other`. */
  add(other: PendingCounts): void {
    for (const [way, counts] of Object.entries(other.by) as [Way, Counts][]) {
      const mine = this.#of(way)
      for (const count of COUNTS) mine[count] += counts[count]
    }
    this.deliveries += other.deliveries
    for (const what of ['append', 'delivery'] as const) {
      this[what].splice(0, Infinity, ...mergeHistograms([this[what], other[what]]))
    }
  }

  /** The counts by protocol, without zeros. */
  get counts(): Flush['counts'] {
    const nonzero = (counts: Counts) => Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
    return Object.fromEntries(Object.entries(this.by).map(([way, counts]) => [way, nonzero(counts)]))
  }

  #of(way: Way): Counts {
    this.by[way] ??= noCounts()
    return this.by[way]
  }
}
