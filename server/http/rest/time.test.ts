import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseTime } from './time.ts'

const noon = Date.UTC(2026, 0, 31, 12)

test.each([
  ['2026-01-31T12:00:00.000Z', noon],
  ['2026-01-31T12:00:00Z', noon],
  ['2026-01-31t12:00z', noon],
  ['2026-01-31 12:00:00', noon],
  ['2026-01-31T12:00:00.5', noon + 500],
  ['2026-01-31T12:00:00.123456', noon + 123.456],
  ['2026-01-31T13:30:00+01:30', noon],
  ['2026-01-31T13:30:00 01:30', noon],
  ['2026-01-31T04:00:00-0800', noon],
  ['2026-01-31', noon - 12 * 3_600_000],
  ['0099-03-01', new Date('0099-03-01T00:00:00Z').getTime()],
  ['1769860800', noon],
  ['1769860800000', noon],
  ['1769860800.25', noon + 250],
  [1_769_860_800, noon],
  [noon, noon],
  [0, 0],
])('%p is a time', (given, ms) => {
  if (ms < 0) expect(parseTime(given)).toBeUndefined()
  else expect(parseTime(given)).toBeCloseTo(ms, 3)
})

test.each([
  ...[
    '',
    ' ',
    'now',
    'NaN',
    'Infinity',
    '-1',
    '1e9',
    '0x10',
    '2026-1-1',
    '2026-13-01',
    '2026-02-30',
    '2026-01-31T25:00',
  ],
  ...['2026-01-31T12:60', '2026-01-31T12:00:61Z', '2026-01-31T12:00:00+24:00', '26-01-31', 'Sat Jan 31 2026', '٣'],
  ...['99999999999999999', -1, Number.NaN, Number.POSITIVE_INFINITY, 1e20],
])('%p is rejected', (given) => {
  expect(parseTime(given)).toBeUndefined()
})

test('every time is parsed from its ISO form, and any other string yields a valid Date or undefined', () => {
  const dates = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  fc.assert(
    fc.property(dates, (date) => expect(parseTime(date.toISOString())).toBe(date.getTime())),
    { numRuns: 1_000 },
  )
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?[Z+ -]?[\d:]{0,5}$/))
  const holds = (text: string) => {
    const ms = parseTime(text)
    if (ms !== undefined) expect(Number.isNaN(new Date(ms).getTime())).toBe(false)
  }
  fc.assert(fc.property(texts, holds), { numRuns: 2_000 })
})
