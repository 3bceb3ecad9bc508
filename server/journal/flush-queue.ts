import { type Flush, PEAKS, type Peaks } from '../domain/journal.ts'
import type { Archive } from '../domain/ports.ts'
import { LatestEvents } from './latest.ts'
import { PendingCounts } from './pending-counts.ts'
import type { Samples } from './samples.ts'

/**
 * Sends counts to the store in numbered flushes, one at a time. The store may have applied a flush that was not
 * acknowledged, so such a flush is sent again unchanged, with the same number; later counts go into the next flush.
 */
export class FlushQueue {
  readonly latestEvents = new LatestEvents()
  #counted = new PendingCounts()
  #now = Object.fromEntries(PEAKS.map((peak) => [peak, 0])) as Record<keyof Peaks, number>
  #number = 0
  #unacknowledged: Flush | undefined

  constructor(
    private readonly incarnation: string,
    private readonly archive: Archive,
    private readonly samples: Samples,
  ) {}

  /** Adds the counts since the previous call; `now` replaces the current values of the peaks. */
  count(pendingCounts: PendingCounts, now: Record<keyof Peaks, number>): void {
    this.#counted.add(pendingCounts)
    this.#now = now
  }

  /** Resolves when the store has all counts added before the call; rejects if it is unavailable. */
  async flush({ withSamples }: { withSamples: boolean }): Promise<void> {
    if (this.#unacknowledged) await this.#send(this.#unacknowledged)
    const { counts, deliveries } = this.#counted
    this.#counted = new PendingCounts()
    await this.#send({
      incarnation: this.incarnation,
      number: ++this.#number,
      counts,
      deliveries,
      now: this.#now,
      samples: withSamples ? this.samples.take() : [],
      events: this.latestEvents.take(),
    })
  }

  async #send(flush: Flush): Promise<void> {
    this.#unacknowledged = flush
    await this.archive.add(flush)
    this.#unacknowledged = undefined
  }
}
