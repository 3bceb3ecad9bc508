import { describe, expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { Timeline } from './timeline.ts'

const ada = { id: 'ada', name: 'Ada' }
const bob = { id: 'bob', name: 'Bob' }
const message = (seq: number, text: string, more: Partial<Entry> = {}): Entry => ({
  seq,
  kind: 'message',
  room: 'lobby',
  at: seq * 10,
  by: ada,
  text,
  ...more,
})
const change = (seq: number, target: number, more: Partial<Entry>): Entry => ({
  seq,
  kind: 'edit',
  room: 'lobby',
  at: seq * 10,
  by: ada,
  target,
  ...more,
})
const react = (seq: number, emoji: string, on: boolean, by = ada) => change(seq, 1, { kind: 'reaction', emoji, on, by })

function fold(...entries: Entry[]) {
  const timeline = new Timeline()
  timeline.add(entries)
  return timeline
}

describe('a timeline', () => {
  test('applies the latest edit', () => {
    const [folded] = fold(
      message(1, 'helo'),
      change(2, 1, { text: 'hello' }),
      change(3, 1, { text: 'hello!' }),
    ).messages
    expect(folded).toMatchObject({ seq: 1, at: 10, text: 'hello!', editedAt: 30, deleted: false })
  })

  test('applies an edit that was added before its message', () => {
    const timeline = fold(change(9, 4, { text: 'hello' }))
    expect(timeline.messages).toEqual([])
    timeline.add([message(4, 'helo'), message(5, 'bye')])
    expect(timeline.messages.map(({ text }) => text)).toEqual(['hello', 'bye'])
  })

  test('ignores an edit whose text was deleted', () => {
    const [folded] = fold(message(1, 'hello'), change(2, 1, { deleted: true })).messages
    expect(folded).toMatchObject({ text: 'hello', editedAt: undefined })
  })

  test.each([
    ['there is a delete entry', [message(1, 'secret'), react(2, '👍', true), change(3, 1, { kind: 'delete' })]],
    ['the entry has no text', [message(1, 'x', { text: undefined, deleted: true })]],
  ])('marks a message as deleted when %s', (_, entries) => {
    expect(fold(...entries).messages).toMatchObject([{ deleted: true, text: '', reactions: [] }])
  })

  test('counts a reaction once per user, and removes it', () => {
    const entries = [react(2, '👍', true), react(3, '👍', true), react(4, '👍', true, bob), react(5, '🎉', true)]
    const timeline = fold(message(1, 'hello'), ...entries, react(6, '🎉', false))
    expect(timeline.messages[0]?.reactions).toEqual([{ emoji: '👍', users: [ada, bob] }])
  })

  test('keeps seq order, ignores duplicates, and reports the oldest and newest seq', () => {
    const timeline = fold(message(5, 'five'), message(6, 'six'))
    timeline.add([change(3, 1, { text: 'uno' }), message(4, 'four'), message(5, 'five')])
    expect(timeline.messages.map(({ seq }) => seq)).toEqual([4, 5, 6])
    expect(timeline).toMatchObject({ oldest: 3, newest: 6 })
  })

  test('keeps the objects of messages that did not change', () => {
    const timeline = fold(message(1, 'one'), message(2, 'two', { replyTo: 1 }))
    const [one, two] = timeline.messages
    timeline.add([change(3, 1, { text: 'uno' })])
    expect(timeline.messages[0]).not.toBe(one)
    expect(timeline.messages[1]).toBe(two)
    expect(timeline.find(two!.replyTo!)?.text).toBe('uno')
  })

  test('can be cleared', () => {
    const timeline = fold(message(8, 'eight'))
    timeline.clear()
    timeline.add([message(1, 'one')])
    expect(timeline.messages.map(({ seq }) => seq)).toEqual([1])
    expect(timeline.oldest).toBe(1)
  })
})
