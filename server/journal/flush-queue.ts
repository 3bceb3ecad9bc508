import { type Flush, PEAKS, type Peaks } from '../domain/journal.ts'
import type { Archive } from '../domain/ports.ts'
import { LatestEvents } from './latest.ts'
import { PendingCounts } from './pending-counts.ts'
import type { Samples } from './samples.ts'

/**
 * Hands to the store what was counted, in numbered flushes, one at a time. One that was not acknowledged may have been
 * taken all the same, so it is said again as it was, under its number; what is counted meanwhile waits for the next.
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

  /** What was counted since this was called last, and how things are now. */
  count(pendingCounts: PendingCounts, now: Record<keyof Peaks, number>): void {
    this.#counted.add(pendingCounts)
    this.#now = now
  }

  /** Resolves when the store has everything that was counted before; rejects when it does not answer. */
  async flush({ withSamples }: { withSamples: boolean }): Promise<void> {
    if (this.#unacknowledged) await this.#say(this.#unacknowledged)
    const { counts, deliveries } = this.#counted
    this.#counted = new PendingCounts()
    await this.#say({
      incarnation: this.incarnation,
      number: ++this.#number,
      counts,
      deliveries,
      now: this.#now,
      samples: withSamples ? this.samples.take() : [],
      events: this.latestEvents.take(),
    })
  }

  async #say(flush: Flush): Promise<void> {
    this.#unacknowledged = flush
    await this.archive.add(flush)
    this.#unacknowledged = undefined
  }
}
