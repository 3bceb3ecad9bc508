/** The first bucket ends here; each next one at √2 times that, so a percentile is at most that much too high. */
const FIRST_MS = 0.1
const BUCKETS = 36

/**
 * How often something took how long, in buckets: a plain list, which travels as JSON and adds up across nodes and times.
 * Bucket i holds what took more than `upTo(i - 1)` and at most `upTo(i)`; the last one, everything longer. A list may
 * end before that.
 */
export type Histogram = number[]

/** Milliseconds at which a bucket ends. */
export const bucketEnd = (bucket: number): number => FIRST_MS * Math.SQRT2 ** bucket

export function observe(histogram: Histogram, ms: number, times = 1): void {
  const bucket = ms <= FIRST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(2 * Math.log2(ms / FIRST_MS)))
  while (histogram.length <= bucket) histogram.push(0)
  histogram[bucket]! += times
}

export function mergeHistograms(histograms: Iterable<Histogram>): Histogram {
  const sum: Histogram = []
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram.entries()) sum[bucket] = (sum[bucket] ?? 0) + count
  }
  return sum
}

/** Milliseconds that so much of it (0.99: all but a hundredth) took at most; undefined when nothing was observed. */
export function percentile(histogram: Histogram, part: number): number | undefined {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  let below = 0
  for (const [bucket, count] of histogram.entries()) {
    below += count
    if (below > 0 && below >= part * total) return bucketEnd(bucket)
  }
}
