import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { PRESENCE_GATHER_LARGE_MAX_MS, PRESENCE_GATHER_MS } from '../../../protocol/limits.ts'
import type { Roster } from '../../domain/ports.ts'
import { RoomPresence } from './presence.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** A room where somebody comes every so often, and what is told of it. */
async function roomOf(listeners: number) {
  let online = 0
  let signal = () => {}
  const told: number[] = []
  const roster = {
    list: async () => ({ members: [], online }),
    watch: async (_: string, changed: () => void) => {
      signal = changed
      return () => {}
    },
  } as unknown as Roster
  const view = new RoomPresence(
    'lobby',
    roster,
    (presence) => told.push(presence.online),
    () => listeners,
  )
  online = listeners
  await view.open()
  const somebodyComes = async (afterMs = 0) => {
    await jest.advanceTimersByTimeAsync(afterMs)
    online++
    signal()
    await jest.advanceTimersByTimeAsync(0)
  }
  return { told, somebodyComes, view }
}

test('in a room of 5,000 who comes after a quiet moment is told of at once, and the next ones together after 5 s', async () => {
  const { told, somebodyComes, view } = await roomOf(5_000)
  await somebodyComes(60_000)
  expect(told).toEqual([5_001])
  for (let i = 0; i < 9; i++) await somebodyComes(1_000)
  expect(told).toEqual([5_001])
  await jest.advanceTimersByTimeAsync(1_000)
  expect(told).toEqual([5_001, 5_010])
  view.close()
})

test('nobody is told later than the longest gathering, however large the room', async () => {
  const { told, somebodyComes, view } = await roomOf(1_000_000)
  await somebodyComes(60_000)
  await somebodyComes()
  await jest.advanceTimersByTimeAsync(PRESENCE_GATHER_LARGE_MAX_MS)
  expect(told).toEqual([1_000_001, 1_000_002])
  view.close()
})

test('a room of two hundred is told twice a second, as a small one is', async () => {
  const { told, somebodyComes, view } = await roomOf(200)
  await somebodyComes(60_000)
  await somebodyComes()
  await jest.advanceTimersByTimeAsync(PRESENCE_GATHER_MS)
  expect(told).toEqual([201, 202])
  view.close()
})
