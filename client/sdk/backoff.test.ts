import { expect, test } from '@jest/globals'
import { BACKOFF_BASE_MS, BACKOFF_CAP_MS, jitter } from './backoff.ts'

test('full jitter: uniform below a bound that doubles up to its cap', () => {
  expect(jitter(0, () => 0)).toBe(0)
  expect(jitter(20, () => 0)).toBe(0)
  const bounds = [0, 1, 2, 3, 4, 50].map((failures) => jitter(failures, () => 1))
  expect(bounds).toEqual([BACKOFF_BASE_MS, 1_000, 2_000, 4_000, BACKOFF_CAP_MS, BACKOFF_CAP_MS])
})
