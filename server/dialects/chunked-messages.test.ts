import { expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { TEXT_MAX_CHARS } from '../../protocol/limits.ts'
import { Text } from '../../protocol/text.ts'
import { ChunkedMessages, type MessagePart, splitMessage } from './chunked-messages.ts'

const ada = { id: 'ada', name: 'Ada' }
const bob = { id: 'bob', name: 'Bob' }
let seq = 0
const entry = ({ clientId, text }: MessagePart, by = ada): Entry => ({
  seq: ++seq,
  kind: 'message',
  room: 'lobby',
  at: 7,
  by,
  clientId,
  text,
})

test('splits texts of any length into valid log messages and joins them again', () => {
  for (const text of ['x', 'é'.repeat(TEXT_MAX_CHARS), '😀'.repeat(4_001), 'a'.repeat(16_384)]) {
    const stored = splitMessage(text)
    expect(stored.every((part) => Text.safeParse(part.text).success)).toBe(true)
    const chunkedMessages = new ChunkedMessages()
    const messages = stored.map((part) => chunkedMessages.add(entry(part)))
    expect(messages.pop()).toEqual({ by: ada, text, at: 7 })
    expect(messages.filter((each) => each !== undefined)).toEqual([])
  }
})

test('joins interleaved parts of several users and messages', () => {
  const parts = new ChunkedMessages()
  const [one, other, third] = [
    splitMessage('1'.repeat(9_000)),
    splitMessage('2'.repeat(9_000)),
    splitMessage('3'.repeat(9_000)),
  ]
  const messages = [0, 1, 2].flatMap((i) => [
    parts.add(entry(one[i]!)),
    parts.add(entry(other[i]!, bob)),
    parts.add(entry(third[i]!)),
  ])
  expect(messages.filter(Boolean).map((each) => each!.text[0])).toEqual(['1', '2', '3'])
})

test('returns a part as a message when its earlier parts are missing', () => {
  const [, second] = splitMessage('x'.repeat(4_500))
  expect(new ChunkedMessages().add(entry(second!))).toEqual({ by: ada, text: 'x'.repeat(500), at: 7 })
})

test('restores the recipient count of a broadcast', () => {
  const [part] = splitMessage('to all', 17)
  expect(new ChunkedMessages().add(entry(part!))).toEqual({ by: ada, text: 'to all', at: 7, recipients: 17 })
})

test('drops the oldest incomplete messages past the limit', () => {
  const parts = new ChunkedMessages()
  const messages = Array.from({ length: 100 }, (_, i) => splitMessage(`${i % 10}`.repeat(4_001)))
  for (const [first] of messages) expect(parts.add(entry(first!))).toBeUndefined()
  const ends = messages.map(([, last]) => parts.add(entry(last!))!.text.length)
  expect(ends.filter((length) => length === 1)).toHaveLength(36)
  expect(ends.slice(36).every((length) => length === 4_001)).toBe(true)
})

test('ignores deleted messages and entries that are no messages', () => {
  const { text: _, ...deleted } = entry({ clientId: 'x', text: 'gone' })
  expect(new ChunkedMessages().add({ ...deleted, deleted: true })).toBeUndefined()
  expect(
    new ChunkedMessages().add({ ...entry({ clientId: 'x', text: 'new' }), kind: 'edit', target: 1 }),
  ).toBeUndefined()
})
