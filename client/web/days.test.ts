import { expect, test } from '@jest/globals'
import { formatDay } from './days.ts'

const at = (year: number, month: number, day: number, hour: number, minute = 0) =>
  new Date(year, month - 1, day, hour, minute).getTime()
const full = (time: number) => new Intl.DateTimeFormat(undefined, { dateStyle: 'full' }).format(time)
const NOW = at(2026, 3, 29, 9)

test.each([
  ['the first minute of today', at(2026, 3, 29, 0), 'Today'],
  ['the last minute of today', at(2026, 3, 29, 23, 59), 'Today'],
  ['the last minute of yesterday', at(2026, 3, 28, 23, 59), 'Yesterday'],
  ['the first minute of yesterday', at(2026, 3, 28, 0), 'Yesterday'],
])('%s', (_, time, words) => {
  expect(formatDay(time, NOW)).toBe(words)
})

test('an older day is formatted in full, with its year', () => {
  const [older, lastYear] = [at(2026, 3, 27, 23, 59), at(2025, 3, 29, 9)]
  expect(formatDay(older, NOW)).toBe(full(older))
  expect(formatDay(older, NOW)).toContain('2026')
  expect(formatDay(lastYear, NOW)).toContain('2025')
})

test('yesterday works across a year boundary', () => {
  expect(formatDay(at(2025, 12, 31, 12), at(2026, 1, 1, 0))).toBe('Yesterday')
})
