import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Payload } from '../../protocol/events.ts'
import { TYPING_FOR_MS, TYPING_REPEAT_MS } from '../../protocol/limits.ts'
import { Typing } from './typing.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const user = (id: string) => ({ id: `tab of ${id}`, user: { id, name: id.toUpperCase() } })

function createTyping() {
  const sent: Payload<'typing'>[] = []
  return { sent, typing: new Typing('n1', (payload) => sent.push(payload)) }
}
const names = (sent: Payload<'typing'>[]) => sent.map(({ users }) => users.map(({ name }) => name).join(''))

test('sends the first keystroke immediately, then at most one event per second', () => {
  const { sent, typing } = createTyping()
  for (const id of ['a', 'b', 'c']) typing.set('lobby', user(id), true)
  expect(names(sent)).toEqual(['A'])
  jest.advanceTimersByTime(999)
  expect(sent).toHaveLength(1)
  jest.advanceTimersByTime(2)
  expect(names(sent)).toEqual(['A', 'ABC'])
  expect(sent[1]).toMatchObject({ room: 'lobby', node: 'n1', count: 3, forMs: TYPING_FOR_MS })
})

test('sends the empty list immediately when the last user stops', () => {
  const { sent, typing } = createTyping()
  typing.set('lobby', user('a'), true)
  typing.set('lobby', user('a'), false)
  expect(names(sent)).toEqual(['A', ''])
  expect(sent[1]?.count).toBe(0)
})

test('names at most five users and counts all of them', () => {
  const { sent, typing } = createTyping()
  for (const id of 'abcdefg') typing.set('lobby', user(id), true)
  jest.advanceTimersByTime(1_001)
  expect(sent[1]).toMatchObject({ count: 7 })
  expect(sent[1]?.users).toHaveLength(5)
})

test('repeats the event while a user types, and ends it when the client goes silent', () => {
  const { sent, typing } = createTyping()
  typing.set('lobby', user('a'), true)
  jest.advanceTimersByTime(TYPING_REPEAT_MS)
  typing.set('lobby', user('a'), true)
  expect(names(sent)).toEqual(['A', 'A'])
  jest.advanceTimersByTime(TYPING_FOR_MS + 2)
  expect(names(sent)).toEqual(['A', 'A', ''])
  jest.advanceTimersByTime(60_000)
  expect(sent).toHaveLength(3)
})

test('does not repeat the event for repeated typing:set commands', () => {
  const { sent, typing } = createTyping()
  for (let i = 0; i < 20; i++) {
    typing.set('lobby', user('a'), true)
    jest.advanceTimersByTime(100)
  }
  expect(sent).toHaveLength(1)
})

test('sends at most two events per second for a user who starts and stops repeatedly', () => {
  const { sent, typing } = createTyping()
  for (let i = 0; i < 40; i++) {
    typing.set('lobby', user('a'), true)
    typing.set('lobby', user('a'), false)
    jest.advanceTimersByTime(50)
  }
  expect(sent.length).toBeLessThanOrEqual(4)
  expect(sent.at(-1)?.count).toBe(0)
})

test('counts a user with two tabs once, until both have stopped', () => {
  const { sent, typing } = createTyping()
  const { user: ada } = user('a')
  typing.set('lobby', { id: 'tab 1', user: ada }, true)
  typing.set('lobby', { id: 'tab 2', user: ada }, true)
  typing.set('lobby', { id: 'tab 1', user: ada }, false)
  jest.advanceTimersByTime(2_000)
  expect(sent).toMatchObject([{ count: 1 }])
  typing.set('lobby', { id: 'tab 2', user: ada }, false)
  expect(sent.at(-1)).toMatchObject({ count: 0 })
})
