/** The rate and the capacity of a token bucket: `perSecond` on average, at most `burst` at once. */
export interface Rate {
  perSecond: number
  burst: number
}

export class TokenBucket {
  #tokens: number
  #at: number

  constructor(
    private readonly rate: Rate,
    now: number,
  ) {
    this.#tokens = rate.burst
    this.#at = now
  }

  /** Takes `cost` tokens and returns 0, or returns the milliseconds until enough are available. `now` is in milliseconds. */
  take(now: number, cost = 1): number {
    this.#tokens = this.#filled(now)
    this.#at = Math.max(now, this.#at)
    // A cost above the capacity takes a full bucket.
    const due = Math.min(cost, this.rate.burst)
    if (this.#tokens >= due) {
      this.#tokens -= due
      return 0
    }
    return Math.ceil(((due - this.#tokens) / this.rate.perSecond) * 1_000)
  }

  /** Takes `cost` tokens unconditionally; the level may drop to minus one burst. */
  charge(now: number, cost: number): void {
    this.#tokens = Math.max(-this.rate.burst, this.#filled(now) - cost)
    this.#at = Math.max(now, this.#at)
  }

  /** Lowers the level to at most `tokens`. */
  capAt(tokens: number, now: number): void {
    this.#tokens = Math.min(this.#filled(now), tokens)
    this.#at = now
  }

  /** A full bucket has no state and may be deleted. */
  isFull(now: number): boolean {
    return this.#filled(now) >= this.rate.burst
  }

  #filled(now: number): number {
    const { perSecond, burst } = this.rate
    return Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) / 1_000) * perSecond)
  }
}
