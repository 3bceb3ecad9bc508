import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { BEAT_MS, LEASE_MS } from '../../../protocol/limits.ts'
import type { Store } from '../../domain/ports.ts'
import { FaultyRedisProxy } from '../../test/faulty-redis-proxy.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { newUser, suiteSettings, uniqueName, until } from '../conformance/cluster.ts'
import { as, membersOf, RecordingPresence } from '../conformance/presence.ts'
import { openRedis } from './store.ts'

jest.setTimeout(60_000)

let redis: OwnRedis
let proxy: FaultyRedisProxy
let stores: Store[] = []
/** A node that has held its lease for LEASE_MS: from then on it sweeps. */
let a: Store

beforeAll(async () => {
  redis = await OwnRedis.start()
  proxy = await FaultyRedisProxy.to(redis.port)
  a = await node()
  stores = []
  await delay(LEASE_MS + 2 * BEAT_MS)
})
afterEach(async () => {
  await redis.run()
  redis.thaw()
  proxy.heal()
  await Promise.all(stores.map((store) => store.close()))
  stores = []
})
afterAll(async () => {
  await a.close()
  await proxy.close()
  await redis.stop()
})

const prefix = 'lease'

async function node(url = redis.url): Promise<Store> {
  const store = openRedis(url, { ...suiteSettings(uniqueName('n')), prefix })
  stores.push(store)
  await store.open()
  return store
}

test('a killed node: its users leave within LEASE_MS + BEAT_MS, and a user who is also on another node stays', async () => {
  const dying = await node(proxy.url)
  const [ada, bob, cleo] = [newUser(), newUser('Bob'), newUser('Cleo')]
  const rooms = [uniqueName(), uniqueName()]
  const presences = await Promise.all(rooms.map((room) => RecordingPresence.on(a, room)))
  for (const room of rooms) {
    await dying.roster.update(room, [
      { user: ada, status: 'busy' },
      { user: bob, status: 'online' },
    ])
    await a.roster.update(room, [{ user: bob, status: 'away' }])
    await a.roster.update(room, [{ user: cleo, status: 'online' }])
  }
  const died = performance.now()
  proxy.blackhole()
  for (const presence of presences) await presence.waitFor(as(bob, 'away'), as(cleo, 'online'))
  expect(performance.now() - died).toBeLessThan(LEASE_MS + BEAT_MS + 500)
  expect(performance.now() - died).toBeGreaterThan(LEASE_MS - BEAT_MS - 500)
})

test('a node wrongly taken for dead gets a new lease and is asked to restate everything', async () => {
  const lapsing = await node(proxy.url)
  const [room, ada, bob] = [uniqueName(), newUser(), newUser('Bob')]
  let asked = 0
  lapsing.roster.onStateLost(() => {
    asked++
    void lapsing.roster.replace(room, [{ user: ada, status: 'online' }]).catch(() => {})
  })
  const presence = await RecordingPresence.on(a, room)
  await lapsing.roster.update(room, [
    { user: ada, status: 'online' },
    { user: bob, status: 'online' },
  ])
  await presence.waitFor(as(ada, 'online'), as(bob, 'online'))
  expect(asked).toBe(0)
  proxy.blackhole()
  await presence.waitFor()
  proxy.heal()
  await presence.waitFor(as(ada, 'online'))
  expect(asked).toBeGreaterThan(0)
  // Its later updates refer to a lease that is not being swept.
  await delay(2 * BEAT_MS)
  expect(await membersOf(a, room)).toEqual([as(ada, 'online')])
})

test('a closed node is swept after the grace period and not before, so a rolling restart does not flicker', async () => {
  const leaving = await node()
  const [room, ada] = [uniqueName(), newUser()]
  await leaving.roster.update(room, [{ user: ada, status: 'online' }])
  const seen: number[] = []
  const stop = await a.roster.watch(room, async () => void seen.push((await membersOf(a, room)).length))
  const left = performance.now()
  await leaving.close()
  const next = await node()
  await delay(500)
  await next.roster.update(room, [{ user: ada, status: 'online' }])
  await until(async () => performance.now() - left > 5_000)
  stop()
  expect(seen.every((people) => people === 1)).toBe(true)
  await next.roster.update(room, [{ user: ada, status: null }])
  expect(await membersOf(a, room)).toEqual([])
})

test('a write that arrives after its lease was swept is removed, although its node is gone', async () => {
  const late = await node(proxy.url)
  const [room, other, ada] = [uniqueName(), uniqueName(), newUser()]
  await late.roster.update(other, [{ user: ada, status: 'online' }])
  const [presence, elsewhere] = [await RecordingPresence.on(a, room), await RecordingPresence.on(a, other)]
  await elsewhere.waitFor(as(ada, 'online'))
  proxy.holdRequests()
  await expect(late.roster.update(room, [{ user: ada, status: 'online' }])).rejects.toThrow()
  await elsewhere.waitFor()
  const arrives = presence.nextChange()
  proxy.releaseRequests()
  await arrives
  await presence.waitFor()
})

test('a store wiped between two beats: users who joined and left meanwhile are in no roster', async () => {
  const b = await node()
  const [room, elsewhere, ada] = [uniqueName(), uniqueName(), newUser()]
  let lost = 0
  b.roster.onStateLost(() => lost++)
  await b.roster.update(room, [{ user: ada, status: 'online' }])
  await redis.command('FLUSHALL')
  for (const name of [room, elsewhere]) await b.roster.update(name, [{ user: ada, status: 'online' }])
  expect(await membersOf(a, elsewhere)).toEqual([as(ada, 'online')])
  await until(async () => lost > 0)
  for (const name of [room, elsewhere]) {
    await b.roster.update(name, [{ user: ada, status: null }])
    expect(await membersOf(a, name)).toEqual([])
  }
})

test('Redis down for longer than a lease: no user leaves', async () => {
  const [b, c] = [await node(), await node()]
  const [room, ada, bob] = [uniqueName(), newUser(), newUser('Bob')]
  await a.roster.update(room, [{ user: ada, status: 'online' }])
  await b.roster.update(room, [{ user: bob, status: 'online' }])
  const seen = new Set<string>()
  const look = async () => {
    const people = await membersOf(c, room).catch(() => undefined)
    if (people) seen.add(people.map(({ id }) => id).join(' '))
  }
  const stop = await c.roster.watch(room, () => void look())
  await redis.kill()
  await delay(LEASE_MS + 2_000)
  await redis.run()
  await until(async () => [a, b, c].every((store) => store.unavailableReason() === undefined))
  for (const end = performance.now() + LEASE_MS + 3 * BEAT_MS; performance.now() < end; await delay(50)) await look()
  stop()
  expect([...seen]).toEqual([[ada.id, bob.id].sort().join(' ')])
})

test('a store that lost its data asks nodes to restate everything', async () => {
  const room = uniqueName()
  const ada = newUser()
  a.roster.onStateLost(() => void a.roster.replace(room, [{ user: ada, status: 'busy' }]).catch(() => {}))
  await a.roster.update(room, [{ user: ada, status: 'busy' }])
  const presence = await RecordingPresence.on(a, room)
  await redis.command('FLUSHALL')
  await until(async () => (await membersOf(a, room)).length > 0)
  await redis.kill()
  await redis.wipe()
  await redis.run()
  await until(async () => a.unavailableReason() === undefined)
  await presence.waitFor(as(ada, 'busy'))
})
