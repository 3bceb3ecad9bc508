/** `perSecond` on average, `burst` at once. */
export interface Rate {
  perSecond: number
  burst: number
}

/** A token bucket. */
export class Pace {
  #tokens: number
  #at: number

  constructor(
    private readonly rate: Rate,
    now: number,
  ) {
    this.#tokens = rate.burst
    this.#at = now
  }

  /** Takes a token and returns 0, or returns the milliseconds until there is one. `now` is in milliseconds. */
  take(now: number): number {
    this.#tokens = this.#filled(now)
    this.#at = Math.max(now, this.#at)
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    return Math.ceil(((1 - this.#tokens) / this.rate.perSecond) * 1_000)
  }

  /** A full bucket remembers nothing, and may be dropped. */
  full(now: number): boolean {
    return this.#filled(now) >= this.rate.burst
  }

  #filled(now: number): number {
    const { perSecond, burst } = this.rate
    return Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) / 1_000) * perSecond)
  }
}
