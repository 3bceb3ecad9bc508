import { type Rate, TokenBucket } from './token-bucket.ts'

const FORGET_EVERY_MS = 60_000

/** A token bucket per key, such as a user or an address. Full buckets are deleted periodically to bound memory. */
export class RateLimiter {
  readonly #tokenBuckets = new Map<string, TokenBucket>()
  #forgotAt = performance.now()

  constructor(private readonly rate: Rate) {}

  bucket(key: string): TokenBucket {
    const now = performance.now()
    if (now - this.#forgotAt > FORGET_EVERY_MS) this.#forget(now)
    const tokenBucket = this.#tokenBuckets.get(key) ?? new TokenBucket(this.rate, now)
    this.#tokenBuckets.set(key, tokenBucket)
    return tokenBucket
  }

  #forget(now: number): void {
    for (const [key, pace] of this.#tokenBuckets) if (pace.isFull(now)) this.#tokenBuckets.delete(key)
    this.#forgotAt = now
  }
}
