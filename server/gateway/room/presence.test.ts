import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { PRESENCE_GATHER_LARGE_MAX_MS, PRESENCE_GATHER_MS } from '../../../protocol/limits.ts'
import type { Roster } from '../../domain/ports.ts'
import { RoomPresence } from './presence.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** A room with that many recipients. `join` adds a user; `sent` collects the `online` counts of the events. */
async function createRoom(listeners: number) {
  let online = 0
  let signal = () => {}
  const sent: number[] = []
  const roster = {
    list: async () => ({ members: [], online }),
    watch: async (_: string, changed: () => void) => {
      signal = changed
      return () => {}
    },
  } as unknown as Roster
  const presence = new RoomPresence(
    'lobby',
    roster,
    ({ online }) => sent.push(online),
    () => listeners,
  )
  online = listeners
  await presence.open()
  const join = async (afterMs = 0) => {
    await jest.advanceTimersByTimeAsync(afterMs)
    online++
    signal()
    await jest.advanceTimersByTimeAsync(0)
  }
  return { sent, join, presence }
}

test('sends the first join in a room of 5,000 immediately, and the next joins together after 5 s', async () => {
  const { sent, join, presence } = await createRoom(5_000)
  await join(60_000)
  expect(sent).toEqual([5_001])
  for (let i = 0; i < 9; i++) await join(1_000)
  expect(sent).toEqual([5_001])
  await jest.advanceTimersByTimeAsync(1_000)
  expect(sent).toEqual([5_001, 5_010])
  presence.close()
})

test('delays presence by at most PRESENCE_GATHER_LARGE_MAX_MS, regardless of the room size', async () => {
  const { sent, join, presence } = await createRoom(1_000_000)
  await join(60_000)
  await join()
  await jest.advanceTimersByTimeAsync(PRESENCE_GATHER_LARGE_MAX_MS)
  expect(sent).toEqual([1_000_001, 1_000_002])
  presence.close()
})

test('sends presence twice per second in a room of 200, as in a small room', async () => {
  const { sent, join, presence } = await createRoom(200)
  await join(60_000)
  await join()
  await jest.advanceTimersByTimeAsync(PRESENCE_GATHER_MS)
  expect(sent).toEqual([201, 202])
  presence.close()
})
