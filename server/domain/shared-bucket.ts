import type { Rate } from './token-bucket.ts'

/**
 * One node's copy of a token bucket that all nodes share. Tokens are spent locally, without a call to the store. The copy
 * refills at the full rate and is set to the level of the cluster at each reconciliation.
 */
export class SharedBucket {
  #tokens: number
  #at: number
  /** Tokens spent on this node since the last report. */
  #unreported = 0

  /** All times are in milliseconds on any monotonic clock. */
  constructor(
    readonly rate: Rate,
    now: number,
  ) {
    this.#tokens = rate.burst
    this.#at = now
  }

  /** Milliseconds until a token is available; 0 if one is. */
  wait(now: number): number {
    this.#refill(now)
    return this.#tokens >= 1 ? 0 : Math.max(1, Math.ceil(((1 - this.#tokens) / this.rate.perSecond) * 1_000))
  }

  spend(now: number): void {
    this.#refill(now)
    this.#tokens -= 1
    this.#unreported += 1
  }

  get unreported(): number {
    return this.#unreported
  }

  /** Returns and resets `unreported`. A failed report is not repeated, because the store may have counted it. */
  report(): number {
    const spent = this.#unreported
    this.#unreported = 0
    return spent
  }

  /** `level`: the tokens of the cluster including the last report. May be negative. */
  reconcile(level: number, now: number): void {
    this.#refill(now)
    this.#tokens = Math.min(this.rate.burst, level) - this.#unreported
  }

  /** Whether the bucket is full and has nothing to report, so that it can be removed. */
  isIdle(now: number): boolean {
    this.#refill(now)
    return this.#unreported === 0 && this.#tokens >= this.rate.burst
  }

  #refill(now: number): void {
    const { perSecond, burst } = this.rate
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) / 1_000) * perSecond)
    this.#at = Math.max(now, this.#at)
  }
}
