import type { Rate } from './token-bucket.ts'

/**
 * One node's part of a token bucket that all nodes share. It is spent from locally, without asking anybody, refills at the
 * full rate, and is corrected to the level of the whole cluster at each reconciliation.
 */
export class SharedBucket {
  #tokens: number
  #at: number
  /** Spent here since the last report. */
  #unreported = 0

  /** Times in milliseconds on any steady clock. */
  constructor(
    readonly rate: Rate,
    now: number,
  ) {
    this.#tokens = rate.burst
    this.#at = now
  }

  /** Milliseconds until there is a token; 0 when there is one. */
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

  /** What was spent since the last report. A report that gets lost is not repeated: it may have been counted. */
  report(): number {
    const spent = this.#unreported
    this.#unreported = 0
    return spent
  }

  /** `level`: the tokens of the whole cluster, when the last report had been counted. May be negative. */
  reconcile(level: number, now: number): void {
    this.#refill(now)
    this.#tokens = Math.min(this.rate.burst, level) - this.#unreported
  }

  /** A full bucket with nothing to report remembers nothing. */
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
