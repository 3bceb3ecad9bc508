import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Payload } from '../../../protocol/events.ts'
import type { Io } from '../socket.ts'
import { gatherAmong } from './presence.ts'
import { PresenceBroadcast } from './presence-broadcast.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

function roomOf(size: number) {
  const here = new Set(Array.from({ length: size }, (_, i) => `socket-${i}`))
  const rooms = new Map([['room:lobby', here]])
  const told: { to: string[]; version: number }[] = []
  const to = (names: string | string[]) => ({
    emit: (_: string, { version }: Payload<'presence'>) =>
      told.push({ to: [names].flatMap((name) => (name === 'room:lobby' ? [...here] : name)), version }),
  })
  const io = { local: { to }, of: () => ({ adapter: { rooms } }) } as unknown as Io
  const heard = (version: number) => told.filter((one) => one.version === version).flatMap((one) => one.to)
  return { here, told, heard, telling: new PresenceBroadcast(io, 'room:lobby') }
}

const presence = (version: number): Payload<'presence'> => ({
  ...{ room: 'lobby', version, online: 1, joined: [], left: [], changed: [] },
})

test('a thousand are told at once', () => {
  const { told, heard, telling } = roomOf(1_000)
  telling.send(presence(2))
  expect(told).toHaveLength(1)
  expect(heard(2)).toHaveLength(1_000)
  expect(jest.getTimerCount()).toBe(0)
})

test('more are told a few at a time, each once, before the next telling is due', () => {
  const { here, told, heard, telling } = roomOf(5_000)
  telling.send(presence(2))
  expect(told).toEqual([])
  jest.advanceTimersByTime(gatherAmong(5_000) - 100)
  expect(new Set(heard(2))).toEqual(here)
  expect(heard(2)).toHaveLength(5_000)
  expect(Math.max(...told.map(({ to }) => to.length))).toBeLessThan(100)
  expect(jest.getTimerCount()).toBe(0)
})

test('a telling that comes early finishes the one before, and who has left hears nothing', () => {
  const { here, heard, telling } = roomOf(5_000)
  telling.send(presence(2))
  jest.advanceTimersByTime(1_000)
  here.delete('socket-4999')
  telling.send(presence(3))
  expect(new Set(heard(2))).toEqual(here)
  jest.advanceTimersByTime(500)
  telling.close()
  const before = heard(3).length
  expect(before).toBeGreaterThan(0)
  jest.advanceTimersByTime(60_000)
  expect(heard(3)).toHaveLength(before)
})
