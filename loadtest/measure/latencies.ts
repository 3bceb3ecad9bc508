/** Histogram with a resolution of 1 ms, up to 10 s. */
export class Latencies {
  readonly counts: number[]

  constructor(counts: readonly number[] = []) {
    this.counts = [...counts]
  }

  add(ms: number): void {
    const slot = Math.min(10_000, Math.max(0, Math.round(ms)))
    this.counts[slot] = (this.counts[slot] ?? 0) + 1
  }

  merge(other: readonly (number | null)[]): void {
    for (const [slot, count] of other.entries()) if (count) this.counts[slot] = (this.counts[slot] ?? 0) + count
  }

  get size(): number {
    return this.counts.reduce((sum, count = 0) => sum + count, 0)
  }

  /** Milliseconds; `share` from 0 to 1. */
  percentile(share: number): number {
    let left = this.size * share
    for (const [ms, count = 0] of this.counts.entries()) {
      left -= count
      if (left <= 0) return ms
    }
    return this.counts.length - 1
  }
}
