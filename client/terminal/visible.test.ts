import { expect, test } from '@jest/globals'
import { plainLine } from './plain-line.ts'
import { visible, visibleJson, visibleLines } from './visible.ts'

// Clears the screen, sets the title, rings the bell, uses a one-byte CSI, reverses the direction.
const hostile = '\x1b[2J\x1b]0;gotcha\x07 \x9b31m \u202Eabc\u2066 \x7f\r'

test('replaces control characters by pictures, and removes direction marks', () => {
  expect(visible(hostile)).toBe('␛[2J␛]0;gotcha␇ �31m abc ␡␍')
})

test('keeps ordinary text of any script', () => {
  for (const text of ['Grüße, 日本', 'שלום', 'می‌خواهم', '👨‍👩‍👧 ❤️ 🇩🇪', 'e\u0301']) expect(visible(text)).toBe(text)
})

test('limits the number of lines of a message', () => {
  const lines = visibleLines('x\n'.repeat(3_999))
  expect(lines).toHaveLength(25)
  expect(lines.at(-1)).toBe('… and 3976 more lines')
})

test('visibleJson escapes control characters, and parses to the same value', () => {
  const line = visibleJson({ text: hostile })
  expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
  expect(JSON.parse(line)).toEqual({ text: hostile })
})

test('plainLine prints any entry on one line', () => {
  const entry = { seq: 1, kind: 'message' as const, room: 'lobby', at: 0, by: { id: 'a', name: 'A\x1bB' } }
  expect(plainLine({ ...entry, text: 'one\ntwo\x1b[A' })).toMatch(/^\d\d:\d\d #1 A␛B: one␤two␛\[A$/)
})
