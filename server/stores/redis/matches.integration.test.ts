import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { LEASE_MS } from '../../../protocol/limits.ts'
import { FaultyRedisProxy } from '../../test/faulty-redis-proxy.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { append, message, newUser, suiteSettings, uniqueName, until } from '../conformance/cluster.ts'
import { openRedis } from './store.ts'

let redis: OwnRedis
let client: Redis
let close: (() => Promise<unknown>)[] = []
const prefix = 'match'

beforeAll(async () => {
  redis = await OwnRedis.start()
  client = new Redis(redis.url)
})
afterEach(async () => {
  for (const one of close.reverse()) await one()
  close = []
})
afterAll(async () => {
  client.disconnect()
  await redis.stop()
})

async function node(url = redis.url) {
  const store = openRedis(url, { ...suiteSettings(uniqueName('n')), prefix })
  close.push(() => store.close())
  await store.open()
  return store
}

test('an ended match leaves nothing but a marker that it ended, which expires', async () => {
  const store = await node()
  const [ada, bob] = [newUser(), newUser('Bob')]
  await store.matches.find(ada)
  const found = await store.matches.find(bob)
  if (found === 'waiting') throw new Error('Bob waits.')
  const { room } = found.pair
  for (let i = 0; i < 120; i++) await append(store.log, room, message(ada, 'a secret', { clientId: `c${i}` }))
  await append(store.log, room, { kind: 'edit', by: ada, target: 100, text: 'a secret too', clientId: 'edit' })
  await store.rooms.markRead(room, bob.id, 50)
  const left = () => client.keys(`*${room}*`)
  expect((await left()).length).toBeGreaterThan(120)
  await store.matches.end(bob.id)
  const meta = `${prefix}:{${room}}:meta`
  await until(async () => (await left()).join() === meta)
  expect(await client.pttl(meta)).toBeGreaterThan(0)
  expect(await client.hgetall(`${prefix}:user:{${bob.id}}:reads`)).toEqual({})
  expect((await client.keys(`${prefix}:match:*`)).filter((key) => /waiting|place|over|lease/.test(key))).toEqual([])
})

test('a user held only by an expired lease is skipped, and is paired once it is held again', async () => {
  const proxy = await FaultyRedisProxy.to(redis.port)
  close.push(() => proxy.close())
  const silent = await node(proxy.url)
  const [ada, bob] = [newUser(), newUser('Bob')]
  await silent.matches.find(bob)
  proxy.refuse()
  await delay(LEASE_MS / 2)
  // A node does not sweep before it has held its lease for LEASE_MS.
  const awake = await node()
  await delay(LEASE_MS / 2 + 500)
  expect(await awake.matches.find(ada)).toBe('waiting')
  proxy.heal()
  // Paired by the next renewal of the lease, without another request.
  await until(async () => (await client.hexists(`${prefix}:match:{line}:place:${ada.id}`, 'room')) === 1)
  expect(await awake.matches.find(ada)).toMatchObject({ pair: { stranger: bob } })
}, 60_000)
