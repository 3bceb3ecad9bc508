import { describe, expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { Timeline } from './timeline.ts'

const ada = { id: 'ada', name: 'Ada' }
const bob = { id: 'bob', name: 'Bob' }
const say = (seq: number, text: string, more: Partial<Entry> = {}): Entry => ({
  seq,
  kind: 'message',
  room: 'lobby',
  at: seq * 10,
  by: ada,
  text,
  ...more,
})
const about = (seq: number, target: number, more: Partial<Entry>): Entry => ({
  seq,
  kind: 'edit',
  room: 'lobby',
  at: seq * 10,
  by: ada,
  target,
  ...more,
})
const react = (seq: number, emoji: string, on: boolean, by = ada) => about(seq, 1, { kind: 'reaction', emoji, on, by })

function fold(...entries: Entry[]) {
  const timeline = new Timeline()
  timeline.add(entries)
  return timeline
}

describe('a timeline', () => {
  test('applies the latest edit', () => {
    const [message] = fold(say(1, 'helo'), about(2, 1, { text: 'hello' }), about(3, 1, { text: 'hello!' })).messages
    expect(message).toMatchObject({ seq: 1, at: 10, text: 'hello!', editedAt: 30, deleted: false })
  })

  test('an edit that was read before its message applies when scrolling back brings the message', () => {
    const timeline = fold(about(9, 4, { text: 'hello' }))
    expect(timeline.messages).toEqual([])
    timeline.add([say(4, 'helo'), say(5, 'bye')])
    expect(timeline.messages.map(({ text }) => text)).toEqual(['hello', 'bye'])
  })

  test('an edit whose text is gone changes nothing', () => {
    const [message] = fold(say(1, 'hello'), about(2, 1, { deleted: true })).messages
    expect(message).toMatchObject({ text: 'hello', editedAt: undefined })
  })

  test.each([
    ['the log says so', [say(1, 'secret'), react(2, '👍', true), about(3, 1, { kind: 'delete' })]],
    ['the text came without its text', [say(1, 'x', { text: undefined, deleted: true })]],
  ])('a message is deleted when %s', (_, entries) => {
    expect(fold(...entries).messages).toMatchObject([{ deleted: true, text: '', reactions: [] }])
  })

  test('reactions are counted once per person, and can be taken off', () => {
    const entries = [react(2, '👍', true), react(3, '👍', true), react(4, '👍', true, bob), react(5, '🎉', true)]
    const timeline = fold(say(1, 'hello'), ...entries, react(6, '🎉', false))
    expect(timeline.messages[0]?.reactions).toEqual([{ emoji: '👍', users: [ada, bob] }])
  })

  test('stays in seq order, takes everything once, and knows where it begins', () => {
    const timeline = fold(say(5, 'five'), say(6, 'six'))
    timeline.add([about(3, 1, { text: 'uno' }), say(4, 'four'), say(5, 'five')])
    expect(timeline.messages.map(({ seq }) => seq)).toEqual([4, 5, 6])
    expect(timeline).toMatchObject({ oldest: 3, newest: 6 })
  })

  test('leaves messages that did not change as they are', () => {
    const timeline = fold(say(1, 'one'), say(2, 'two', { replyTo: 1 }))
    const [one, two] = timeline.messages
    timeline.add([about(3, 1, { text: 'uno' })])
    expect(timeline.messages[0]).not.toBe(one)
    expect(timeline.messages[1]).toBe(two)
    expect(timeline.find(two!.replyTo!)?.text).toBe('uno')
  })

  test('begins anew', () => {
    const timeline = fold(say(8, 'eight'))
    timeline.clear()
    timeline.add([say(1, 'one')])
    expect(timeline.messages.map(({ seq }) => seq)).toEqual([1])
    expect(timeline.oldest).toBe(1)
  })
})
