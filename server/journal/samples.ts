import { mergeHistograms } from '../domain/histogram.ts'
import { type Sample, SERIES, type Way } from '../domain/journal.ts'
import { sumCounts } from '../domain/journal-totals.ts'
import type { PendingCounts } from './pending-counts.ts'

/** The resource usage of a node, measured over about one second. */
export interface ResourceUsage {
  open: Partial<Record<Way, number>>
  loopDelayMs: number
  rssBytes: number
  heapBytes: number
  /** CPU seconds per second. */
  cpu: number
  cores: number
}

/** The maximum number of unsent samples, enough for more than an hour; beyond it the oldest are dropped. */
const PENDING_MAX = 600
/** Bounds the size of a flush after a long outage. */
const SAMPLES_PER_FLUSH_MAX = 100

/** The time series of this node: the samples of the current intervals, and those not sent to the store yet. */
export class Samples {
  #current: Sample[] = []
  readonly #waiting = new Map<string, Sample>()

  constructor(
    private readonly node: string,
    private readonly incarnation: string,
  ) {}

  /** Adds the counts of the last `ms` milliseconds before `now`. */
  add(pendingCounts: PendingCounts, ms: number, usage: ResourceUsage, now: number): void {
    const counts = sumCounts(Object.values(pendingCounts.by))
    this.#current = SERIES.map(({ stepMs }, i) => {
      const at = now - (now % stepMs)
      const before = this.#current[i]
      const sample = before?.at === at ? before : this.#begin(at, stepMs)
      const coveredMs = sample.coveredMs + ms
      const next: Sample = {
        ...sample,
        ...sumCounts([sample, counts]),
        coveredMs,
        open: usage.open,
        deliveries: sample.deliveries + pendingCounts.deliveries,
        append: mergeHistograms([sample.append, pendingCounts.append]),
        delivery: mergeHistograms([sample.delivery, pendingCounts.delivery]),
        loopDelayMs: Math.max(sample.loopDelayMs, usage.loopDelayMs),
        rssBytes: Math.max(sample.rssBytes, usage.rssBytes),
        heapBytes: Math.max(sample.heapBytes, usage.heapBytes),
        cpu: (sample.cpu * sample.coveredMs + usage.cpu * ms) / Math.max(1, coveredMs),
        cores: usage.cores,
      }
      this.#enqueue(next)
      return next
    })
  }

  /** Returns and removes the samples to send next, oldest first. */
  take(): Sample[] {
    const taken = [...this.#waiting].slice(0, SAMPLES_PER_FLUSH_MAX)
    for (const [key] of taken) this.#waiting.delete(key)
    return taken.map(([, sample]) => sample)
  }

  #begin(at: number, stepMs: Sample['stepMs']): Sample {
    const { node, incarnation } = this
    const none = { coveredMs: 0, open: {}, deliveries: 0, append: [], delivery: [] }
    return {
      node,
      incarnation,
      at,
      stepMs,
      ...sumCounts([]),
      ...none,
      loopDelayMs: 0,
      rssBytes: 0,
      heapBytes: 0,
      cpu: 0,
      cores: 0,
    }
  }

  #enqueue(sample: Sample): void {
    this.#waiting.set(`${sample.stepMs} ${sample.at}`, sample)
    if (this.#waiting.size > PENDING_MAX) this.#waiting.delete(this.#waiting.keys().next().value!)
  }
}
