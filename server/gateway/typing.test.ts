import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Payload } from '../../protocol/events.ts'
import { TYPING_FOR_MS, TYPING_REPEAT_MS } from '../../protocol/limits.ts'
import { Typing } from './typing.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const user = (id: string) => ({ id: `tab of ${id}`, user: { id, name: id.toUpperCase() } })

function listening() {
  const said: Payload<'typing'>[] = []
  return { said, typing: new Typing('n1', (word) => said.push(word)) }
}
const names = (said: Payload<'typing'>[]) => said.map(({ users }) => users.map(({ name }) => name).join(''))

test('the first keystroke is said at once, then at most one word a second', () => {
  const { said, typing } = listening()
  for (const id of ['a', 'b', 'c']) typing.set('lobby', user(id), true)
  expect(names(said)).toEqual(['A'])
  jest.advanceTimersByTime(999)
  expect(said).toHaveLength(1)
  jest.advanceTimersByTime(2)
  expect(names(said)).toEqual(['A', 'ABC'])
  expect(said[1]).toMatchObject({ room: 'lobby', node: 'n1', count: 3, forMs: TYPING_FOR_MS })
})

test('at once when it empties', () => {
  const { said, typing } = listening()
  typing.set('lobby', user('a'), true)
  typing.set('lobby', user('a'), false)
  expect(names(said)).toEqual(['A', ''])
  expect(said[1]?.count).toBe(0)
})

test('at most five are named, all are counted', () => {
  const { said, typing } = listening()
  for (const id of 'abcdefg') typing.set('lobby', user(id), true)
  jest.advanceTimersByTime(1_001)
  expect(said[1]).toMatchObject({ count: 7 })
  expect(said[1]?.users).toHaveLength(5)
})

test('who goes on is said again before readers forget; who stops without a word is forgotten', () => {
  const { said, typing } = listening()
  typing.set('lobby', user('a'), true)
  jest.advanceTimersByTime(TYPING_REPEAT_MS)
  typing.set('lobby', user('a'), true)
  expect(names(said)).toEqual(['A', 'A'])
  jest.advanceTimersByTime(TYPING_FOR_MS + 2)
  expect(names(said)).toEqual(['A', 'A', ''])
  jest.advanceTimersByTime(60_000)
  expect(said).toHaveLength(3)
})

test('repeating oneself quickly says nothing new', () => {
  const { said, typing } = listening()
  for (let i = 0; i < 20; i++) {
    typing.set('lobby', user('a'), true)
    jest.advanceTimersByTime(100)
  }
  expect(said).toHaveLength(1)
})

test('who begins and stops again and again is said twice a second at most: a beginning, and its end', () => {
  const { said, typing } = listening()
  for (let i = 0; i < 40; i++) {
    typing.set('lobby', user('a'), true)
    typing.set('lobby', user('a'), false)
    jest.advanceTimersByTime(50)
  }
  expect(said.length).toBeLessThanOrEqual(4)
  expect(said.at(-1)?.count).toBe(0)
})

test('two tabs of one person count once, and one of them may stop', () => {
  const { said, typing } = listening()
  const { user: ada } = user('a')
  typing.set('lobby', { id: 'tab 1', user: ada }, true)
  typing.set('lobby', { id: 'tab 2', user: ada }, true)
  typing.set('lobby', { id: 'tab 1', user: ada }, false)
  jest.advanceTimersByTime(2_000)
  expect(said).toMatchObject([{ count: 1 }])
  typing.set('lobby', { id: 'tab 2', user: ada }, false)
  expect(said.at(-1)).toMatchObject({ count: 0 })
})
