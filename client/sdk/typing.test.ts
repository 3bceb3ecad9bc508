import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { TYPING_REPEAT_MS } from '../../protocol/limits.ts'
import { TypingSender, Typists } from './typing.ts'

const user = (id: string) => ({ id, name: id.toUpperCase() })

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('our own typing', () => {
  test('is said when it begins, again while it lasts, and at once when it ends', () => {
    const said: boolean[] = []
    const sender = new TypingSender((_, typing) => said.push(typing))
    for (let i = 0; i < 10; i++) sender.set('lobby', true)
    expect(said).toEqual([true])
    jest.advanceTimersByTime(TYPING_REPEAT_MS)
    sender.set('lobby', true)
    sender.set('lobby', false)
    sender.set('lobby', false)
    sender.set('lobby', true)
    expect(said).toEqual([true, true, false, true])
  })

  test('is thinned out per room', () => {
    const said: string[] = []
    const sender = new TypingSender((room) => said.push(room))
    sender.set('lobby', true)
    sender.set('other', true)
    sender.set('lobby', true)
    expect(said).toEqual(['lobby', 'other'])
  })
})

describe('the typing of others', () => {
  const setUp = () => {
    const counts: number[] = []
    const typists = new Typists(
      () => 'me',
      ({ count }) => counts.push(count),
    )
    const say = (node: string, count: number, ids: string[], forMs = 6_000) =>
      typists.take({ room: 'lobby', node, users: ids.map(user), count, forMs })
    return { typists, counts, say }
  }

  test('adds up the nodes, and each node’s word replaces its last one', () => {
    const { typists, say } = setUp()
    say('n1', 7, ['a', 'b', 'c', 'd', 'e'])
    say('n2', 1, ['f'])
    say('n1', 1, ['b'])
    expect(typists.people).toEqual({ users: [user('b'), user('f')], count: 2 })
    say('n1', 0, [])
    expect(typists.people.count).toBe(1)
  })

  test('forgets a word after its time to live, which a repetition renews', () => {
    const { say, counts } = setUp()
    say('n1', 1, ['a'], 6_000)
    jest.advanceTimersByTime(5_000)
    say('n1', 1, ['a'], 6_000)
    jest.advanceTimersByTime(5_999)
    expect(counts).toEqual([1, 1])
    jest.advanceTimersByTime(1)
    expect(counts).toEqual([1, 1, 0])
  })

  test('leaves oneself out, and counts somebody with two connections once', () => {
    const { typists, say } = setUp()
    say('n1', 3, ['me', 'a', 'b'])
    say('n2', 2, ['a', 'me'])
    expect(typists.people).toEqual({ users: [user('a'), user('b')], count: 2 })
  })
})
