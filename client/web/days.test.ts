import { expect, test } from '@jest/globals'
import { dayInWords } from './days.ts'

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
  expect(dayInWords(time, NOW)).toBe(words)
})

test('an older day is named in full, with its year', () => {
  const [older, lastYear] = [at(2026, 3, 27, 23, 59), at(2025, 3, 29, 9)]
  expect(dayInWords(older, NOW)).toBe(full(older))
  expect(dayInWords(older, NOW)).toContain('2026')
  expect(dayInWords(lastYear, NOW)).toContain('2025')
})

test('the last day of a year is yesterday on the first of the next', () => {
  expect(dayInWords(at(2025, 12, 31, 12), at(2026, 1, 1, 0))).toBe('Yesterday')
})
