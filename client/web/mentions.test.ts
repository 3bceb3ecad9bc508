import { expect, test } from '@jest/globals'
import { mentions } from './mentions.ts'

test.each([
  ['@Ada', 'Ada'],
  ['hello @ada, are you there?', 'Ada'],
  ['(@Ada)', 'Ada'],
  ['not @Adam but @Ada', 'Ada'],
  ['@Ada Lovelace: look', 'Ada Lovelace'],
  ['שלום @דנה!', 'דנה'],
  ['for @🦊', '🦊'],
])('“%s” mentions %s', (text, name) => {
  expect(mentions(text, name)).toBe(true)
})

test.each([
  ['Ada', 'Ada'],
  ['@Adam', 'Ada'],
  ['@ada_too', 'Ada'],
  ['me@ada.org', 'Ada'],
  ['@ Ada', 'Ada'],
  ['@a.*', 'Ada'],
])('“%s” does not mention %s', (text, name) => {
  expect(mentions(text, name)).toBe(false)
})
