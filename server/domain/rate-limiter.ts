import { type Rate, TokenBucket } from './token-bucket.ts'

const FORGET_EVERY_MS = 60_000

/** A bucket for each key (a user, an address). Full ones are forgotten, so strangers cost nothing for long. */
export class RateLimiter {
  readonly #paces = new Map<string, TokenBucket>()
  #forgotAt = performance.now()

  constructor(private readonly rate: Rate) {}

  bucket(key: string): TokenBucket {
    const now = performance.now()
    if (now - this.#forgotAt > FORGET_EVERY_MS) this.#forget(now)
    const pace = this.#paces.get(key) ?? new TokenBucket(this.rate, now)
    this.#paces.set(key, pace)
    return pace
  }

  #forget(now: number): void {
    for (const [key, pace] of this.#paces) if (pace.full(now)) this.#paces.delete(key)
    this.#forgotAt = now
  }
}
