import { mergeHistograms } from '../domain/histogram.ts'
import { type Sample, SERIES, type Way } from '../domain/journal.ts'
import { sumCounts } from '../domain/journal-totals.ts'
import type { PendingCounts } from './pending-counts.ts'

/** How a node is, as it was over the last second or so. */
export interface ResourceUsage {
  open: Partial<Record<Way, number>>
  loopDelayMs: number
  rssBytes: number
  heapBytes: number
  /** Seconds of CPU a second. */
  cpu: number
  cores: number
}

/** What the store could not be told is kept up to here: over an hour of it. Beyond, the oldest are given up. */
const PENDING_MAX = 600
/** After a long outage, not all of it at once. */
const SAMPLES_PER_FLUSH_MAX = 100

/** This node's series: the stretches that are under way, and those that the store has not been told of. */
export class Samples {
  #current: Sample[] = []
  readonly #waiting = new Map<string, Sample>()

  constructor(
    private readonly node: string,
    private readonly incarnation: string,
  ) {}

  /** What was counted in the `ms` before `now`. */
  add(pendingCounts: PendingCounts, ms: number, condition: ResourceUsage, now: number): void {
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
        open: condition.open,
        deliveries: sample.deliveries + pendingCounts.deliveries,
        append: mergeHistograms([sample.append, pendingCounts.append]),
        delivery: mergeHistograms([sample.delivery, pendingCounts.delivery]),
        loopDelayMs: Math.max(sample.loopDelayMs, condition.loopDelayMs),
        rssBytes: Math.max(sample.rssBytes, condition.rssBytes),
        heapBytes: Math.max(sample.heapBytes, condition.heapBytes),
        cpu: (sample.cpu * sample.coveredMs + condition.cpu * ms) / Math.max(1, coveredMs),
        cores: condition.cores,
      }
      this.#wait(next)
      return next
    })
  }

  /** Those that the store is to be told of next, oldest first. */
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

  #wait(sample: Sample): void {
    this.#waiting.set(`${sample.stepMs} ${sample.at}`, sample)
    if (this.#waiting.size > PENDING_MAX) this.#waiting.delete(this.#waiting.keys().next().value!)
  }
}
