/** Calls in flight: at first, at least and at most. */
const INITIAL = 128
const MIN = 64
const MAX = 1_024
/** A call that took longer than this has mostly waited. */
const TARGET_MS = 100
/** What is left of the limit then. */
const DECREASE = 0.8

/**
 * How many calls of a store may be in flight: AIMD on their latency, as TCP does it on loss (RFC 5681) and LEDBAT on
 * delay (RFC 6817). The limit doubles within a round trip while answers take less than half of TARGET_MS (slow start),
 * grows by one a round trip up to TARGET_MS, and decreases to DECREASE at most once a round trip above it. It does not
 * grow while it is not used.
 */
export class AdaptiveLimit {
  #limit = INITIAL
  /** On the clock of performance.now(). */
  #decreasedAt = Number.NEGATIVE_INFINITY

  get value(): number {
    return Math.floor(this.#limit)
  }

  /** A call that began at `began` was answered after `latencyMs`; with it, `inFlight` calls were in flight. */
  answered(began: number, latencyMs: number, inFlight: number): void {
    if (latencyMs > TARGET_MS) this.#decrease(began)
    else if (2 * inFlight >= this.#limit) {
      this.#limit = Math.min(MAX, this.#limit + (latencyMs < TARGET_MS / 2 ? 1 : 1 / this.#limit))
    }
  }

  /** A call that began at `began` was given up. */
  timedOut(began: number): void {
    this.#decrease(began)
  }

  /** Calls that began before the last decrease tell nothing about the limit since then. */
  #decrease(began: number): void {
    if (began < this.#decreasedAt) return
    this.#limit = Math.max(MIN, this.#limit * DECREASE)
    this.#decreasedAt = performance.now()
  }
}
