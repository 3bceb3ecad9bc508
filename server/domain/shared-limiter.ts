import type { SharedCounters } from './ports.ts'
import { SharedBucket } from './shared-bucket.ts'
import type { Rate } from './token-bucket.ts'
import { TokenQueue } from './token-queue.ts'

export const RECONCILE_MS = 1_000
/** Less than this share of a second's tokens is carried over to the next report, so that slow senders cost no store calls. */
export const CARRIED_OVER = 0.1

/**
 * Token buckets by key, shared by all nodes: spent locally, reconciled once a second.
 *
 * Overshoot: one node never admits more than burst + perSecond × t within t. N nodes together admit at most
 * (N − 1) × (burst + perSecond × (RECONCILE_MS + the latency of the store) × (1 + CARRIED_OVER)) more than that. The
 * cluster's bucket becomes negative by the overshoot, down to −burst, so that the long-term rate holds and no client waits
 * longer than burst / perSecond seconds. While the store is unavailable, each node applies the limit alone.
 */
export class SharedLimiter {
  readonly #buckets = new Map<string, SharedBucket>()
  readonly #queues = new Map<string, TokenQueue>()

  /** `now` returns milliseconds and is replaced in tests. */
  constructor(
    private readonly counters: Pick<SharedCounters, 'spend'>,
    private readonly now = () => performance.now(),
  ) {}

  /** Takes a token and returns 0, or returns the milliseconds until one is available. */
  take(key: string, rate: Rate): number {
    const now = this.now()
    const bucket = this.#bucket(key, rate, now)
    const wait = bucket.wait(now)
    if (wait === 0) bucket.spend(now)
    return wait
  }

  /** Milliseconds until a token is available, 0 if one is; takes none. */
  wait(key: string, rate: Rate): number {
    const now = this.now()
    return this.#bucket(key, rate, now).wait(now)
  }

  /**
   * Takes a token and returns undefined, or returns a promise that resolves with a token in FIFO order and rejects if
   * `signal` is aborted before.
   */
  queue(key: string, rate: Rate, signal: AbortSignal): Promise<void> | undefined {
    const queue = this.#queues.get(key)
    if (!queue && this.take(key, rate) === 0) return undefined
    const waiting =
      queue ?? new TokenQueue({ take: () => this.take(key, rate), onEmpty: () => this.#queues.delete(key) })
    this.#queues.set(key, waiting)
    return waiting.wait(signal)
  }

  /** Reports the spent tokens to the store and reads the levels of the cluster. Rejects if the store is unavailable. */
  async reconcile(): Promise<void> {
    const now = this.now()
    const spending: { key: string; rate: Rate; tokens: number }[] = []
    const reported: SharedBucket[] = []
    for (const [key, bucket] of this.#buckets) {
      const { rate } = bucket
      if (bucket.isIdle(now)) this.#buckets.delete(key)
      else if (bucket.unreported > 0 && bucket.unreported >= rate.perSecond * CARRIED_OVER) {
        spending.push({ key, rate, tokens: bucket.report() })
        reported.push(bucket)
      }
    }
    if (spending.length === 0) return
    const levels = await this.counters.spend(spending)
    const then = this.now()
    for (const [i, bucket] of reported.entries()) bucket.reconcile(levels[i]!, then)
  }

  #bucket(key: string, rate: Rate, now: number): SharedBucket {
    const bucket = this.#buckets.get(key) ?? new SharedBucket(rate, now)
    this.#buckets.set(key, bucket)
    return bucket
  }
}
