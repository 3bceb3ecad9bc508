import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { TYPING_REPEAT_MS } from '../../protocol/limits.ts'
import { TypingSender, Typists } from './typing.ts'

const user = (id: string) => ({ id, name: id.toUpperCase() })

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('typing sender', () => {
  test('sends the start, repeats it while it lasts, and sends the end immediately', () => {
    const sent: boolean[] = []
    const sender = new TypingSender((_, typing) => sent.push(typing))
    for (let i = 0; i < 10; i++) sender.set('lobby', true)
    expect(sent).toEqual([true])
    jest.advanceTimersByTime(TYPING_REPEAT_MS)
    sender.set('lobby', true)
    sender.set('lobby', false)
    sender.set('lobby', false)
    sender.set('lobby', true)
    expect(sent).toEqual([true, true, false, true])
  })

  test('throttles per room', () => {
    const sent: string[] = []
    const sender = new TypingSender((room) => sent.push(room))
    sender.set('lobby', true)
    sender.set('other', true)
    sender.set('lobby', true)
    expect(sent).toEqual(['lobby', 'other'])
  })
})

describe('typists', () => {
  const setUp = () => {
    const counts: number[] = []
    const typists = new Typists(
      () => 'me',
      ({ count }) => counts.push(count),
    )
    const report = (node: string, count: number, ids: string[], forMs = 6_000) =>
      typists.apply({ room: 'lobby', node, users: ids.map(user), count, forMs })
    return { typists, counts, report }
  }

  test('adds up the reports of all nodes, and replaces the last report of each', () => {
    const { typists, report } = setUp()
    report('n1', 7, ['a', 'b', 'c', 'd', 'e'])
    report('n2', 1, ['f'])
    report('n1', 1, ['b'])
    expect(typists.current).toEqual({ users: [user('b'), user('f')], count: 2 })
    report('n1', 0, [])
    expect(typists.current.count).toBe(1)
  })

  test('expires a report after its time to live, which a repetition renews', () => {
    const { report, counts } = setUp()
    report('n1', 1, ['a'], 6_000)
    jest.advanceTimersByTime(5_000)
    report('n1', 1, ['a'], 6_000)
    jest.advanceTimersByTime(5_999)
    expect(counts).toEqual([1, 1])
    jest.advanceTimersByTime(1)
    expect(counts).toEqual([1, 1, 0])
  })

  test('excludes the own user, and counts a user with two connections once', () => {
    const { typists, report } = setUp()
    report('n1', 3, ['me', 'a', 'b'])
    report('n2', 2, ['a', 'me'])
    expect(typists.current).toEqual({ users: [user('a'), user('b')], count: 2 })
  })
})
