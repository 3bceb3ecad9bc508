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

function startFanout(windowMs?: number) {
  const delivered: number[][] = []
  return { delivered, fanout: new Fanout((entries) => delivered.push(entries.map(({ seq }) => seq)), windowMs) }
}

test('delivers the first entry of a quiet room at once, and the others together at the end of each window', () => {
  const { delivered, fanout } = startFanout()
  fanout.add(entry(1))
  expect(delivered).toEqual([[1]])
  fanout.add(entry(2))
  fanout.add(entry(3))
  expect(delivered).toEqual([[1]])
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  expect(delivered).toEqual([[1], [2, 3]])
  fanout.add(entry(4))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  expect(delivered).toEqual([[1], [2, 3], [4]])
})

test('delivers an entry at once after an empty window', () => {
  const { delivered, fanout } = startFanout()
  fanout.add(entry(1))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  fanout.add(entry(2))
  expect(delivered).toEqual([[1], [2]])
})

test('a room with single entries needs no timer', () => {
  const { fanout } = startFanout()
  fanout.add(entry(1))
  expect(jest.getTimerCount()).toBe(0)
  jest.advanceTimersByTime(FANOUT_WINDOW_MS - 1)
  fanout.add(entry(2))
  expect(jest.getTimerCount()).toBe(1)
  jest.advanceTimersByTime(1)
  expect(jest.getTimerCount()).toBe(0)
})

test('in a busy room the first entry of a batch waits for a whole window', () => {
  const { delivered, fanout } = startFanout()
  for (const seq of [1, 2, 3]) fanout.add(entry(seq))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS + 5)
  fanout.add(entry(4))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS - 1)
  fanout.add(entry(5))
  expect(delivered).toEqual([[1], [2, 3]])
  jest.advanceTimersByTime(1)
  expect(delivered).toEqual([[1], [2, 3], [4, 5]])
})

test('a room stops being busy after two batches of one entry, or after a pause', () => {
  const { delivered, fanout } = startFanout()
  for (const seq of [1, 2, 3]) fanout.add(entry(seq))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  for (const seq of [4, 5]) {
    jest.advanceTimersByTime(2 * FANOUT_WINDOW_MS)
    fanout.add(entry(seq))
    expect(delivered.at(-1)).not.toContain(seq)
    jest.advanceTimersByTime(FANOUT_WINDOW_MS)
    expect(delivered.at(-1)).toEqual([seq])
  }
  jest.advanceTimersByTime(2 * FANOUT_WINDOW_MS)
  for (const seq of [6, 7, 8]) fanout.add(entry(seq))
  expect(delivered.at(-1)).toEqual([6])
  jest.advanceTimersByTime((1 + FANOUT_BUSY_WINDOWS) * FANOUT_WINDOW_MS)
  fanout.add(entry(9))
  expect(delivered.slice(-2)).toEqual([[7, 8], [9]])
})

test('flush delivers waiting entries at once and none twice', () => {
  const { delivered, fanout } = startFanout()
  for (const seq of [1, 2, 3]) fanout.add(entry(seq))
  fanout.flush()
  jest.advanceTimersByTime(2 * FANOUT_WINDOW_MS)
  expect(delivered).toEqual([[1], [2, 3]])
})

test('delivers thousands of entries in order, in batches of bounded size', () => {
  const { delivered, fanout } = startFanout()
  for (let seq = 1; seq <= 1_001; seq++) fanout.add(entry(seq))
  jest.advanceTimersByTime(FANOUT_WINDOW_MS)
  expect(delivered.map((batch) => batch.length)).toEqual([1, 200, 200, 200, 200, 200])
  expect(delivered.flat()).toEqual(Array.from({ length: 1_001 }, (_, i) => i + 1))
})

test('windowMs = 0 delivers every entry at once and alone', () => {
  const { delivered, fanout } = startFanout(0)
  for (const seq of [1, 2, 3]) fanout.add(entry(seq))
  expect(delivered).toEqual([[1], [2], [3]])
  expect(jest.getTimerCount()).toBe(0)
})
