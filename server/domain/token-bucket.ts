/** `perSecond` on average, `burst` at once. */
export interface Rate {
  perSecond: number
  burst: number
}

/** A token bucket. */
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

  /** Takes `cost` tokens and returns 0, or returns the milliseconds until there are as many. `now` is in milliseconds. */
  take(now: number, cost = 1): number {
    this.#tokens = this.#filled(now)
    this.#at = Math.max(now, this.#at)
    // What costs more than a whole bucket takes a whole bucket.
    const due = Math.min(cost, this.rate.burst)
    if (this.#tokens >= due) {
      this.#tokens -= due
      return 0
    }
    return Math.ceil(((due - this.#tokens) / this.rate.perSecond) * 1_000)
  }

  /** Takes `cost` tokens whether there are as many or not, down to one burst below zero. */
  charge(now: number, cost: number): void {
    this.#tokens = Math.max(-this.rate.burst, this.#filled(now) - cost)
    this.#at = Math.max(now, this.#at)
  }

  /** Leaves at most so many tokens. */
  capAt(tokens: number, now: number): void {
    this.#tokens = Math.min(this.#filled(now), tokens)
    this.#at = now
  }

  /** A full bucket remembers nothing, and may be dropped. */
  isFull(now: number): boolean {
    return this.#filled(now) >= this.rate.burst
  }

  #filled(now: number): number {
    const { perSecond, burst } = this.rate
    return Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) / 1_000) * perSecond)
  }
}
