/** Commands due longer ago than this, while the attacker was paused, are dropped. */
const CATCH_UP_MS = 250

/** Number of commands due by the clock, whether or not earlier ones were written. */
export class OpenLoop {
  #at: number | undefined
  #fraction = 0

  constructor(private readonly perSecond: number) {}

  /** Due since the last call; `now` in milliseconds. */
  due(now: number): number {
    const elapsedMs = Math.min(CATCH_UP_MS, now - (this.#at ?? now))
    this.#at = now
    const due = this.#fraction + (elapsedMs * this.perSecond) / 1_000
    this.#fraction = due % 1
    return Math.floor(due)
  }
}
