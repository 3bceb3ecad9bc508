import { expect, test } from '@jest/globals'
import { initials } from './initials.ts'

test.each([
  ['Ada', 'A'],
  ['ada lovelace', 'AL'],
  ['Ada King Lovelace', 'AL'],
  ['éva', 'É'],
  ['e\u0301va', 'E\u0301'],
  ['👩‍👩‍👧‍👦 family', '👩‍👩‍👧‍👦'],
  ['🇫🇷', '🇫🇷'],
  ['Ada 🦊', 'A'],
  ['דנה כהן', 'ד'],
  ['नमस्ते', 'न'],
  ['李 小龙', '李'],
])('the initials of %s are %s', (name, drawn) => {
  expect(initials(name)).toBe(drawn)
})
