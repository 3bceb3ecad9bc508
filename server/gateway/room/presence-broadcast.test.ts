import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Payload } from '../../../protocol/events.ts'
import type { Io } from '../socket.ts'
import { minIntervalMs } from './presence.ts'
import { PresenceBroadcast } from './presence-broadcast.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

function createRoom(size: number) {
  const members = new Set(Array.from({ length: size }, (_, i) => `socket-${i}`))
  const rooms = new Map([['room:lobby', members]])
  const batches: { to: string[]; version: number }[] = []
  const to = (names: string | string[]) => ({
    emit: (_: string, { version }: Payload<'presence'>) =>
      batches.push({ to: [names].flatMap((name) => (name === 'room:lobby' ? [...members] : name)), version }),
  })
  const io = { local: { to }, of: () => ({ adapter: { rooms } }) } as unknown as Io
  const receiversOf = (version: number) =>
    batches.filter((batch) => batch.version === version).flatMap((batch) => batch.to)
  return { members, batches, receiversOf, broadcast: new PresenceBroadcast(io, 'room:lobby') }
}

const presence = (version: number): Payload<'presence'> => ({
  ...{ room: 'lobby', version, online: 1, joined: [], left: [], changed: [] },
})

test('sends to 1,000 members in a single batch', () => {
  const { batches, receiversOf, broadcast } = createRoom(1_000)
  broadcast.send(presence(2))
  expect(batches).toHaveLength(1)
  expect(receiversOf(2)).toHaveLength(1_000)
  expect(jest.getTimerCount()).toBe(0)
})

test('sends to 5,000 members in batches, once each, before the next event is due', () => {
  const { members, batches, receiversOf, broadcast } = createRoom(5_000)
  broadcast.send(presence(2))
  expect(batches).toEqual([])
  jest.advanceTimersByTime(minIntervalMs(5_000) - 100)
  expect(new Set(receiversOf(2))).toEqual(members)
  expect(receiversOf(2)).toHaveLength(5_000)
  expect(Math.max(...batches.map(({ to }) => to.length))).toBeLessThan(100)
  expect(jest.getTimerCount()).toBe(0)
})

test('completes the previous event when the next one is early, and skips members who have left', () => {
  const { members, receiversOf, broadcast } = createRoom(5_000)
  broadcast.send(presence(2))
  jest.advanceTimersByTime(1_000)
  members.delete('socket-4999')
  broadcast.send(presence(3))
  expect(new Set(receiversOf(2))).toEqual(members)
  jest.advanceTimersByTime(500)
  broadcast.close()
  const sentBefore = receiversOf(3).length
  expect(sentBefore).toBeGreaterThan(0)
  jest.advanceTimersByTime(60_000)
  expect(receiversOf(3)).toHaveLength(sentBefore)
})
