/** Upper bound of the first bucket; each next bound is √2 times larger, so a percentile is at most 41 % too high. */
const FIRST_MS = 0.1
const BUCKETS = 36

/**
 * A latency histogram: a plain array of counts, which serializes as JSON and can be merged across nodes and times. Bucket i
 * counts values above `bucketEnd(i - 1)` and up to `bucketEnd(i)`; the last bucket also counts larger values. Trailing
 * zeros may be omitted.
 */
export type Histogram = number[]

/** The upper bound of a bucket, in milliseconds. */
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

/** The given percentile (0.99 for p99) in milliseconds; undefined if the histogram is empty. */
export function percentile(histogram: Histogram, fraction: number): number | undefined {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  let below = 0
  for (const [bucket, count] of histogram.entries()) {
    below += count
    if (below > 0 && below >= fraction * total) return bucketEnd(bucket)
  }
}
