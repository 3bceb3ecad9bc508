import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { LEASE_MS } from '../../../protocol/limits.ts'
import type { Store } from '../../domain/ports.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import {
  append,
  expectFault,
  message,
  newUser,
  post,
  suiteSettings,
  uniqueName,
  until,
} from '../conformance/cluster.ts'
import { openRedis } from './store.ts'

jest.setTimeout(60_000)

let redis: OwnRedis
let stores: Store[] = []
beforeAll(async () => {
  redis = await OwnRedis.start()
})
afterEach(async () => {
  await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  await Promise.all(stores.map((store) => store.close()))
  stores = []
})
afterAll(() => redis.stop())

async function node(): Promise<Store> {
  const store = openRedis(redis.url, { ...suiteSettings(uniqueName('n')), prefix: 'full' })
  stores.push(store)
  await store.open()
  return store
}

test('a full Redis rejects appends with the cause; everything else works, presence is kept, and appends work again once there is space', async () => {
  const [a, b] = [await node(), await node()]
  const [room, ada, bob] = [uniqueName(), newUser(), newUser()]
  await a.roster.update(room, [{ user: ada, status: 'online' }])
  const draft = message(ada, 'stored', { clientId: 'c1' })
  const stored = await append(a.log, room, draft)
  const direct = `direct:${ada.id}:${bob.id}`
  expect(await a.rooms.openDirect(direct, [ada.id, bob.id])).toBe(true)
  await redis.command('CONFIG', 'SET', 'maxmemory', '1mb')

  const refusal = append(a.log, room, message(ada, 'x', { clientId: 'c2' }))
  await expect(refusal).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('full') })
  expect(a.failure()).toMatchObject({ cause: 'full', message: expect.stringContaining('maxmemory') })
  expect(a.unavailableReason()).toBeUndefined()

  // After the duration of a lease, renewals have continued, and a retry is still recognized.
  await new Promise((next) => setTimeout(next, LEASE_MS + 2_000))
  expect((await b.roster.list(room, { limit: 10 })).members.map(({ id }) => id)).toEqual([ada.id])
  expect(b.unavailableReason()).toBeUndefined()
  expect((await b.log.read(room, { entries: 10 })).entries).toEqual([stored])
  expect(await append(b.log, room, draft)).toEqual(stored)

  await b.users.remember(bob)
  expect(await b.nodes.countConnections(bob.id, { open: 0, arriving: 1, most: 10 })).toBe(1)
  await b.roster.update(uniqueName(), [{ user: bob, status: 'online' }])
  expect(await b.matches.find(bob)).toBe('waiting')
  await b.matches.release(bob.id)
  await b.nodes.countConnections(bob.id, { open: 0, arriving: 0, most: 10 })
  await expectFault(append(b.log, uniqueName(), message(bob, 'x')), 'unavailable')

  // Reading rooms, and opening open ones, stores no data.
  expect(await b.log.read(uniqueName(), { entries: 10 })).toMatchObject({ head: 0, entries: [] })
  expect(await b.rooms.openDirect(direct, [ada.id, bob.id])).toBe(false)
  await expectFault(b.rooms.openDirect(uniqueName('direct:'), [ada.id, uniqueName('u')]), 'unavailable')
  expect(await b.secrets.share('one')).toEqual(['one'])

  await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  await until(async () => a.failure() === undefined && b.failure() === undefined)
  expect((await post(a, room, ada, 'again'))[0]!.seq).toBe(2)
})
