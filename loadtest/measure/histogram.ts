/** One minute in units of 0.1 ms; slower values count as one minute. */
const SLOTS = 600_001

/** Histogram with a resolution of 0.1 ms. */
export class Histogram {
  readonly #counts = new Uint32Array(SLOTS)
  size = 0

  /** `delay` in units of 0.1 ms. */
  add(delay: number, times = 1): void {
    const slot = delay < 0 ? 0 : delay >= SLOTS ? SLOTS - 1 : delay
    this.#counts[slot]! += times
    this.size += times
  }

  clear(): void {
    this.#counts.fill(0)
    this.size = 0
  }

  /** Non-zero slots only: slot, count, slot, count … */
  packed(): number[] {
    const packed: number[] = []
    for (let slot = 0; slot < SLOTS; slot++) if (this.#counts[slot]! > 0) packed.push(slot, this.#counts[slot]!)
    return packed
  }

  merge(packed: readonly number[]): void {
    for (let i = 0; i < packed.length; i += 2) this.add(packed[i]!, packed[i + 1]!)
  }

  /** Milliseconds; `share` from 0 to 1. */
  percentile(share: number): number {
    let left = Math.max(1, this.size * share)
    for (let slot = 0; slot < SLOTS; slot++) {
      left -= this.#counts[slot]!
      if (left <= 0) return slot / 10
    }
    return 0
  }
}
