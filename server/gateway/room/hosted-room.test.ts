import { expect, test } from '@jest/globals'
import type { Entry } from '../../../protocol/entry.ts'
import type { Follower, Store } from '../../domain/ports.ts'
import { SerialQueue } from '../../domain/serial-queue.ts'
import { CacheBudget } from '../cache-budget.ts'
import { HostedRoom, type Reader, type RoomDeps } from './hosted-room.ts'

const by = { id: 'ada', name: 'Ada' }
const entry = (seq: number): Entry => ({ room: 'lobby', seq, at: seq, kind: 'message', by, text: `${seq}` })
const entries = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => entry(from + i))

/** A room of a node whose subscription has delivered the first `delivered` entries of a log, until it catches up. */
async function openRoom(log: { epoch: string; entries: Entry[] }, delivered: { epoch: string; head: number }) {
  let catchUps = 0
  const store = {
    log: {
      follow: async (_: string, follower: Follower) => ({
        ...delivered,
        stop: () => {},
        catchUp: async () => {
          catchUps++
          if (log.epoch === delivered.epoch) follower.entries(log.entries.slice(delivered.head))
          else follower.reset({ epoch: log.epoch, head: log.entries.length })
        },
      }),
      read: async () => {
        const page = catchUps > 0 ? log : { epoch: delivered.epoch, entries: entries(1, delivered.head) }
        return { ...page, head: page.entries.length, more: false, truncated: false }
      },
    },
    roster: { list: async () => ({ members: [], online: 0 }), watch: async () => () => {} },
  } as unknown as Store
  const io = { of: () => ({ adapter: { rooms: new Map() } }), local: { to: () => ({ emit: () => {} }) } }
  const quiet = { delivered: () => {}, stale: () => {} }
  const deps = { io, store, metrics: quiet, journal: quiet, gatherMs: 0 } as unknown as RoomDeps
  const room = new HostedRoom('lobby', deps, new CacheBudget())
  await room.open()
  const reader = { socket: { join: () => {} }, pageQueue: new SerialQueue() } as unknown as Reader
  const join = async (position: { after?: number; epoch?: string }) => {
    const { head, epoch, truncated, ...answer } = room.enter(reader, position, await room.prepare(reader, position))
    return { head, epoch, truncated, seqs: answer.entries.map(({ seq }) => seq) }
  }
  return { join, catchUps: () => catchUps, close: () => room.close() }
}

test('a node that is behind catches up before it answers a client that has received more elsewhere', async () => {
  const log = { epoch: 'one', entries: entries(1, 5) }
  const room = await openRoom(log, { epoch: 'one', head: 2 })
  expect(await room.join({ after: 1, epoch: 'one' })).toMatchObject({ head: 2, seqs: [2], truncated: false })
  expect(room.catchUps()).toBe(0)
  expect(await room.join({ after: 4, epoch: 'one' })).toEqual({ head: 5, epoch: 'one', seqs: [5], truncated: false })
  expect(room.catchUps()).toBe(1)
  room.close()
})

test('a node that missed a new epoch answers in it, not in the one before', async () => {
  const room = await openRoom({ epoch: 'two', entries: entries(1, 1) }, { epoch: 'one', head: 3 })
  const position = { after: 1, epoch: 'two' }
  expect(await room.join(position)).toEqual({ head: 1, epoch: 'two', seqs: [], truncated: false })
  room.close()
})

test('a position of no known log is answered with the newest page', async () => {
  const room = await openRoom({ epoch: 'one', entries: entries(1, 3) }, { epoch: 'one', head: 3 })
  const newest = { head: 3, epoch: 'one', seqs: [1, 2, 3], truncated: true }
  expect(await room.join({ after: 9, epoch: 'one' })).toEqual(newest)
  expect(await room.join({ after: 1, epoch: 'older' })).toEqual(newest)
  room.close()
})
