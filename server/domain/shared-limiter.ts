import type { SharedCounters } from './ports.ts'
import { SharedBucket } from './shared-bucket.ts'
import type { Rate } from './token-bucket.ts'
import { TokenQueue } from './token-queue.ts'

export const RECONCILE_MS = 1_000
/** Less than this share of a second's tokens is carried over to the next report: people who say little cost nothing. */
export const CARRIED_OVER = 0.1

/**
 * Token buckets by key, shared by all nodes: spent locally, reconciled once a second.
 *
 * Overshoot: one node never admits more than burst + perSecond × t within t. N nodes together admit at most
 * (N − 1) × (burst + perSecond × (RECONCILE_MS + the store's answer) × (1 + CARRIED_OVER)) more than that. The cluster's
 * bucket goes into debt for what was admitted too much, down to one burst below zero, so that it is paid back afterwards
 * and nobody waits for longer than burst / perSecond seconds. While the store is away each node goes on by itself.
 */
export class SharedLimiter {
  readonly #buckets = new Map<string, SharedBucket>()
  readonly #queues = new Map<string, TokenQueue>()

  /** `now` in milliseconds, for tests. */
  constructor(
    private readonly counters: Pick<SharedCounters, 'spend'>,
    private readonly now = () => performance.now(),
  ) {}

  /** Takes a token of `key`'s and returns 0, or returns the milliseconds until there is one. */
  take(key: string, rate: Rate): number {
    const now = this.now()
    const bucket = this.#bucket(key, rate, now)
    const wait = bucket.wait(now)
    if (wait === 0) bucket.spend(now)
    return wait
  }

  /** Milliseconds until there is a token; takes none. */
  wait(key: string, rate: Rate): number {
    const now = this.now()
    return this.#bucket(key, rate, now).wait(now)
  }

  /** Resolves with a token, in the order of asking; rejects when the signal is aborted. */
  queue(key: string, rate: Rate, signal: AbortSignal): Promise<void> | undefined {
    const queue = this.#queues.get(key)
    if (!queue && this.take(key, rate) === 0) return undefined
    const waiting =
      queue ?? new TokenQueue({ take: () => this.take(key, rate), onEmpty: () => this.#queues.delete(key) })
    this.#queues.set(key, waiting)
    return waiting.wait(signal)
  }

  /** One round: reports what was spent, and learns what is left. Fails when the store does. */
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
