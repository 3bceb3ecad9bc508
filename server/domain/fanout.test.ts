import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { FANOUT_BUSY_WINDOWS, FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import { Fanout } from './fanout.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const entry = (seq: number): Entry => ({
  seq,
  kind: 'message',
  room: 'r',
  at: 0,
  by: { id: 'a', name: 'A' },
  text: 'x',
})

function listening(windowMs?: number) {
  const heard: number[][] = []
  return { heard, fanout: new Fanout((entries) => heard.push(entries.map(({ seq }) => seq)), windowMs) }
}

test('the first entry after a quiet moment leaves at once, the rest together at the end of each window', () => {
  const { heard, fanout } = listening()
  fanout.add(entry(1))
  expect(heard).toEqual([[1]])
  fanout.add(entry(2))
  fanout.add(entry(3))
  expect(heard).toEqual([[1]])
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  expect(heard).toEqual([[1], [2, 3]])
  fanout.add(entry(4))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  expect(heard).toEqual([[1], [2, 3], [4]])
})

test('an empty window ends it: the next entry leaves at once', () => {
  const { heard, fanout } = listening()
  fanout.add(entry(1))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  fanout.add(entry(2))
  expect(heard).toEqual([[1], [2]])
})

test('a room where nothing follows soon costs no timer', () => {
  const { fanout } = listening()
  fanout.add(entry(1))
  expect(jest.getTimerCount()).toBe(0)
  jest.advanceTimersByTime(FANOUT_WINDOW_MS - 1)
  fanout.add(entry(2))
  expect(jest.getTimerCount()).toBe(1)
  jest.advanceTimersByTime(1)
  expect(jest.getTimerCount()).toBe(0)
})

test('in a busy room an entry that finds none waiting waits for others, a whole window', () => {
  const { heard, fanout } = listening()
  for (const seq of [1, 2, 3]) fanout.add(entry(seq))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS + 5)
  fanout.add(entry(4))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS - 1)
  fanout.add(entry(5))
  expect(heard).toEqual([[1], [2, 3]])
  jest.advanceTimersByTime(1)
  expect(heard).toEqual([[1], [2, 3], [4, 5]])
})

test('a busy room is quiet again when two in a row left alone, or after a silence', () => {
  const { heard, fanout } = listening()
  for (const seq of [1, 2, 3]) fanout.add(entry(seq))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  for (const seq of [4, 5]) {
    jest.advanceTimersByTime(2 * FANOUT_WINDOW_MS)
    fanout.add(entry(seq))
    expect(heard.at(-1)).not.toContain(seq)
    jest.advanceTimersByTime(FANOUT_WINDOW_MS)
    expect(heard.at(-1)).toEqual([seq])
  }
  jest.advanceTimersByTime(2 * FANOUT_WINDOW_MS)
  for (const seq of [6, 7, 8]) fanout.add(entry(seq))
  expect(heard.at(-1)).toEqual([6])
  jest.advanceTimersByTime((1 + FANOUT_BUSY_WINDOWS) * FANOUT_WINDOW_MS)
  fanout.add(entry(9))
  expect(heard.slice(-2)).toEqual([[7, 8], [9]])
})

test('flushing sends at once what waits, and nothing twice', () => {
  const { heard, fanout } = listening()
  for (const seq of [1, 2, 3]) fanout.add(entry(seq))
  fanout.flush()
  jest.advanceTimersByTime(2 * FANOUT_WINDOW_MS)
  expect(heard).toEqual([[1], [2, 3]])
})

test('thousands that come at once leave in events of bounded size, in order', () => {
  const { heard, fanout } = listening()
  for (let seq = 1; seq <= 1_001; seq++) fanout.add(entry(seq))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  expect(heard.map((batch) => batch.length)).toEqual([1, 200, 200, 200, 200, 200])
  expect(heard.flat()).toEqual(Array.from({ length: 1_001 }, (_, i) => i + 1))
})

test('without a window every entry leaves at once, by itself', () => {
  const { heard, fanout } = listening(0)
  for (const seq of [1, 2, 3]) fanout.add(entry(seq))
  expect(heard).toEqual([[1], [2], [3]])
  expect(jest.getTimerCount()).toBe(0)
})
