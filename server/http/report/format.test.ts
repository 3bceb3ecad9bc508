import { expect, test } from '@jest/globals'
import { formatBytes, formatDuration, formatNumber, timeElement } from './format.ts'

test('formats numbers, bytes and durations', () => {
  expect([0, 0.256, 12.34, 1234.5].map(formatNumber)).toEqual(['0', '0.26', '12.3', '1,235'])
  expect([0, 1_023, 1_024, 1_536, 5 * 2 ** 30, 2 ** 60].map(formatBytes)).toEqual([
    '0 B',
    '1,023 B',
    '1 KB',
    '1.5 KB',
    '5 GB',
    '1,048,576 TB',
  ])
  expect([0, 4_999, 60_000, 125_000, 3_600_000, 11_100_000, 86_400_000, 90_000_000].map(formatDuration)).toEqual([
    '0 s',
    '4 s',
    '1 min',
    '2 min 5 s',
    '1 h',
    '3 h 5 min',
    '1 d',
    '1 d 1 h',
  ])
  expect(timeElement(Date.UTC(2026, 0, 31, 12, 0, 5))).toBe(
    '<time datetime="2026-01-31T12:00:05.000Z">2026-01-31 12:00:05 UTC</time>',
  )
})
