import { expect, test } from '@jest/globals'
import { Latencies } from './latencies.ts'

test('percentiles of one and of several merged histograms', () => {
  const one = new Latencies()
  for (let ms = 1; ms <= 100; ms++) one.add(ms)
  expect([one.percentile(0.5), one.percentile(0.99), one.percentile(1)]).toEqual([50, 99, 100])
  const both = new Latencies(one.counts)
  both.merge(JSON.parse(JSON.stringify(new Latencies([100]).counts)))
  expect(both.size).toBe(200)
  expect([both.percentile(0.5), both.percentile(0.99)]).toEqual([0, 98])
})

test('empty slots survive JSON', () => {
  const sparse = new Latencies()
  sparse.add(9_000)
  const received = new Latencies()
  received.merge(JSON.parse(JSON.stringify(sparse.counts)))
  expect(received.percentile(0.99)).toBe(9_000)
})

test('values above ten seconds count as ten', () => {
  const slow = new Latencies()
  slow.add(123_456)
  expect(slow.percentile(0.99)).toBe(10_000)
})
