/** The initial, minimum and maximum number of calls in flight. */
const INITIAL = 128
const MIN = 64
const MAX = 1_024
/** The latency above which the limit decreases: a slower call has mostly waited in a queue. */
const TARGET_MS = 100
/** The factor of each decrease. */
const DECREASE = 0.8

/**
 * The maximum number of calls to a store in flight: AIMD on their latency, as TCP does it on loss (RFC 5681) and LEDBAT on
 * delay (RFC 6817). The limit doubles per round trip while the latency is below half of TARGET_MS (slow start), grows by
 * one per round trip up to TARGET_MS, and is multiplied by DECREASE at most once per round trip above it. It grows only
 * while at least half of it is used.
 */
export class AdaptiveLimit {
  #limit = INITIAL
  /** On the clock of performance.now(). */
  #decreasedAt = Number.NEGATIVE_INFINITY

  get value(): number {
    return Math.floor(this.#limit)
  }

  /**
   * Records a completed call. `began` is on the clock of performance.now(); `inFlight` is the number of calls in flight,
   * including this one.
   */
  answered(began: number, latencyMs: number, inFlight: number): void {
    if (latencyMs > TARGET_MS) this.#decrease(began)
    else if (2 * inFlight >= this.#limit) {
      this.#limit = Math.min(MAX, this.#limit + (latencyMs < TARGET_MS / 2 ? 1 : 1 / this.#limit))
    }
  }

  /** Records a call that timed out. */
  timedOut(began: number): void {
    this.#decrease(began)
  }

  /** Ignores calls that began before the last decrease, since they ran under the previous limit. */
  #decrease(began: number): void {
    if (began < this.#decreasedAt) return
    this.#limit = Math.max(MIN, this.#limit * DECREASE)
    this.#decreasedAt = performance.now()
  }
}
