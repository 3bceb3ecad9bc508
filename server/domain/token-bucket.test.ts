import { expect, test } from '@jest/globals'
import { TokenBucket } from './token-bucket.ts'

test('admits a burst, then the rate, and returns the time to wait', () => {
  const tokenBucket = new TokenBucket({ perSecond: 20, burst: 40 }, 0)
  for (let i = 0; i < 40; i++) expect(tokenBucket.take(0)).toBe(0)
  expect(tokenBucket.take(0)).toBe(50)
  expect(tokenBucket.take(49)).toBeGreaterThan(0)
  expect(tokenBucket.take(50)).toBe(0)
  expect(tokenBucket.take(60)).toBe(40)
})

test('a bucket refills up to its burst', () => {
  const pace = new TokenBucket({ perSecond: 10, burst: 5 }, 0)
  for (let i = 0; i < 5; i++) pace.take(0)
  expect(pace.isFull(400)).toBe(false)
  expect(pace.isFull(500)).toBe(true)
  for (let i = 0; i < 5; i++) expect(pace.take(60_000)).toBe(0)
  expect(pace.take(60_000)).toBe(100)
})

test('a clock that steps back adds no tokens', () => {
  const pace = new TokenBucket({ perSecond: 1, burst: 1 }, 10_000)
  expect(pace.take(10_000)).toBe(0)
  expect(pace.take(0)).toBeGreaterThan(0)
  expect(pace.take(10_500)).toBe(500)
})
