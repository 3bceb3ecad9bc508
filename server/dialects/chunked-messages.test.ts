import { expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { TEXT_MAX_CHARS } from '../../protocol/limits.ts'
import { Text } from '../../protocol/text.ts'
import { ChunkedMessages, type Part, partsOf } from './chunked-messages.ts'

const ada = { id: 'ada', name: 'Ada' }
const bob = { id: 'bob', name: 'Bob' }
let seq = 0
const entry = ({ clientId, text }: Part, by = ada): Entry => ({
  seq: ++seq,
  kind: 'message',
  room: 'lobby',
  at: 7,
  by,
  clientId,
  text,
})

test('a text of any length is kept in parts that a log takes, and comes out as it went in', () => {
  for (const text of ['x', 'é'.repeat(TEXT_MAX_CHARS), '😀'.repeat(4_001), 'a'.repeat(16_384)]) {
    const kept = partsOf(text)
    expect(kept.every((part) => Text.safeParse(part.text).success)).toBe(true)
    const chunkedMessages = new ChunkedMessages()
    const said = kept.map((part) => chunkedMessages.take(entry(part)))
    expect(said.pop()).toEqual({ by: ada, text, at: 7 })
    expect(said.filter((each) => each !== undefined)).toEqual([])
  }
})

test('the parts of two people, and of two texts, may mix', () => {
  const parts = new ChunkedMessages()
  const [one, other, third] = [partsOf('1'.repeat(9_000)), partsOf('2'.repeat(9_000)), partsOf('3'.repeat(9_000))]
  const said = [0, 1, 2].flatMap((i) => [
    parts.take(entry(one[i]!)),
    parts.take(entry(other[i]!, bob)),
    parts.take(entry(third[i]!)),
  ])
  expect(said.filter(Boolean).map((each) => each!.text[0])).toEqual(['1', '2', '3'])
})

test('a part whose beginning nobody heard is said as it is', () => {
  const [, second] = partsOf('x'.repeat(4_500))
  expect(new ChunkedMessages().take(entry(second!))).toEqual({ by: ada, text: 'x'.repeat(500), at: 7 })
})

test('a broadcast carries how many it went to', () => {
  const [part] = partsOf('to all', 17)
  expect(new ChunkedMessages().take(entry(part!))).toEqual({ by: ada, text: 'to all', at: 7, recipients: 17 })
})

test('what ends nowhere is given up, the oldest first', () => {
  const parts = new ChunkedMessages()
  const begun = Array.from({ length: 100 }, (_, i) => partsOf(`${i % 10}`.repeat(4_001)))
  for (const [first] of begun) expect(parts.take(entry(first!))).toBeUndefined()
  const ends = begun.map(([, last]) => parts.take(entry(last!))!.text.length)
  expect(ends.filter((length) => length === 1)).toHaveLength(36)
  expect(ends.slice(36).every((length) => length === 4_001)).toBe(true)
})

test('only messages with a text are said', () => {
  const { text: _, ...deleted } = entry({ clientId: 'x', text: 'gone' })
  expect(new ChunkedMessages().take({ ...deleted, deleted: true })).toBeUndefined()
  expect(
    new ChunkedMessages().take({ ...entry({ clientId: 'x', text: 'new' }), kind: 'edit', target: 1 }),
  ).toBeUndefined()
})
