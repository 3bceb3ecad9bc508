import { expect, test } from '@jest/globals'
import { bucketEnd, type Histogram, mergeHistograms, observe, percentile } from './histogram.ts'

test('a percentile is never too low, and at most √2 times too high', () => {
  for (const times of [1, 7, 1_000]) {
    const histogram: Histogram = []
    const taken = Array.from({ length: times }, (_, i) => 0.2 * 1.011 ** i)
    for (const ms of taken) observe(histogram, ms)
    for (const part of [0.5, 0.9, 0.99, 1]) {
      const exact = taken[Math.ceil(part * times) - 1]!
      expect(percentile(histogram, part)).toBeGreaterThanOrEqual(exact * 0.999)
      expect(percentile(histogram, part)).toBeLessThanOrEqual(exact * 1.415)
    }
  }
})

test('zero and infinite durations have buckets, and an empty histogram has no percentile', () => {
  const histogram: Histogram = []
  expect(percentile(histogram, 0.99)).toBeUndefined()
  observe(histogram, 0, 3)
  expect(percentile(histogram, 0.99)).toBe(bucketEnd(0))
  observe(histogram, 1e9)
  expect(percentile(histogram, 0.5)).toBe(bucketEnd(0))
  expect(percentile(histogram, 1)).toBeGreaterThan(15_000)
})

test('merges histograms of any length', () => {
  const [one, other]: Histogram[] = [[], []]
  observe(one!, 0.05)
  observe(other!, 100, 2)
  const sum = mergeHistograms([one!, other!, []])
  expect(sum.reduce((total, count) => total + count, 0)).toBe(3)
  expect(percentile(sum, 0.3)).toBe(bucketEnd(0))
  expect(percentile(sum, 0.99)).toBeGreaterThanOrEqual(100)
})
