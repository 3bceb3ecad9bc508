import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { BEAT_MS, LEASE_MS } from '../../../protocol/limits.ts'
import { UserConnections } from '../../domain/user-connections.ts'
import { FaultyRedisProxy } from '../../test/faulty-redis-proxy.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { suiteSettings, uniqueName, until } from '../conformance/cluster.ts'
import { span } from '../conformance/recording-follower.ts'
import { keysUnder } from './keys.ts'
import { openRedis } from './store.ts'

jest.setTimeout(60_000)

const MOST = 10
const prefix = 'counts'
const keys = keysUnder(prefix)
let own: OwnRedis
let proxy: FaultyRedisProxy
let redis: Redis
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  own = await OwnRedis.start()
  proxy = await FaultyRedisProxy.to(own.port)
  redis = new Redis(own.url)
  redis.on('error', () => {})
})
afterEach(async () => {
  proxy.heal()
  await Promise.all(closing.splice(0).map((close) => close()))
})
afterAll(async () => {
  redis.disconnect()
  await proxy.close()
  await own.stop()
})

async function node(url = own.url) {
  const store = openRedis(url, { ...suiteSettings(uniqueName('n')), prefix })
  const connections = new UserConnections(store.nodes, MOST)
  closing.push(async () => {
    connections.stop()
    await store.close()
  })
  await store.open()
  return { store, connections }
}

const openTen = async ({ connections }: Awaited<ReturnType<typeof node>>, user: string) =>
  expect(await Promise.all(span(1, MOST).map(() => connections.open(user)))).toEqual(span(1, MOST).map(() => true))

const counts = async (user: string) => Object.values(await redis.hgetall(keys.connections(user)))

test('a replaced lease takes over all of its counts', async () => {
  const [a, lapsing] = [await node(), await node(proxy.url)]
  const [user, gone] = [uniqueName('u'), uniqueName('u')]
  for (const id of [user, gone]) await openTen(lapsing, id)
  // From then on the node sweeps.
  await new Promise((next) => setTimeout(next, LEASE_MS + 2 * BEAT_MS))
  const [lease] = await redis.hkeys(keys.connections(user))
  proxy.blackhole()
  for (const _ of span(1, 3)) lapsing.connections.close(user)
  for (const _ of span(1, MOST)) lapsing.connections.close(gone)
  await until(async () => (await redis.zscore(keys.leases(), lease!)) === null)
  proxy.heal()
  await until(async () => (await redis.hvals(keys.connections(user))).includes(String(MOST - 3)))
  for (const _ of span(1, 3)) expect(await a.connections.open(user)).toBe(true)
  for (const { connections } of [a, lapsing]) expect(await connections.open(user)).toBe(false)
  expect((await counts(user)).sort()).toEqual(['3', '7'])
  await openTen(a, gone)
})

test('a wiped store receives the counts again', async () => {
  const [a, b] = [await node(), await node()]
  const user = uniqueName('u')
  for (const _ of span(1, 4)) expect(await a.connections.open(user)).toBe(true)
  for (const _ of span(1, 2)) expect(await b.connections.open(user)).toBe(true)
  await redis.flushall()
  await until(async () => (await counts(user)).sort().join(' ') === '2 4')
  for (const _ of span(1, 4)) expect(await b.connections.open(user)).toBe(true)
  for (const { connections } of [a, b]) expect(await connections.open(user)).toBe(false)
})

test('a store restored to older data does not count connections that were closed since', async () => {
  const [a, b] = [await node(), await node()]
  const user = uniqueName('u')
  await openTen(a, user)
  await own.saveSnapshot()
  for (const _ of span(1, MOST)) a.connections.close(user)
  await until(async () => (await counts(user)).length === 0)
  await own.kill()
  await own.restoreSnapshot()
  await own.run()
  await until(async () => [a, b].every(({ store }) => store.unavailableReason() === undefined))
  await until(async () => (await counts(user)).length === 0)
  await openTen(b, user)
})

test('counts of expired leases do not reject connections, and only leases of that user are looked up', async () => {
  const a = await node()
  const user = uniqueName('u')
  const others = span(1, 500).flatMap((i) => [Date.now() + 60_000, `other.${i}`])
  await redis.zadd(keys.leases(), ...others)
  await redis.hset(keys.connections(user), { 'gone.1': 6, 'gone.2': 3, 'other.1': 8 })
  await redis.config('RESETSTAT')
  expect(await a.connections.open(user)).toBe(true)
  expect(await a.connections.open(user)).toBe(true)
  expect(await a.connections.open(user)).toBe(false)
  const stats = await redis.info('commandstats')
  expect(stats).not.toMatch(/cmdstat_zrange:/)
  expect(stats).toMatch(/cmdstat_zmscore:calls=2,/)
  expect((await counts(user)).sort()).toEqual(['2', '8'])
  await redis.zrem(keys.leases(), ...others.filter((name) => typeof name === 'string'))
})

test('nodes of version 71a4efd and current nodes enforce one limit, and release what each other closed', async () => {
  const a = await node()
  const [user, lease] = [uniqueName('u'), 'older.lease']
  await redis.zadd(keys.leases(), Date.now() + 600_000, lease)
  const scripts = readFileSync(new URL('../fixtures/scripts.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const older = async (name: string, ...args: (string | number)[]) => {
    const { lua } = scripts.map((line) => JSON.parse(line)).find((script) => script.name === name)
    return redis.eval(lua, 1, keys.connections(user), lease, ...args)
  }
  const admitAtOlder = async () => older('hubbubAdmit', MOST, ...(await redis.zrange(keys.leases(), '0', '-1')))
  for (const _ of span(1, 5)) {
    expect(await a.connections.open(user)).toBe(true)
    expect(await admitAtOlder()).toBe(1)
  }
  expect(await a.connections.open(user)).toBe(false)
  expect(await admitAtOlder()).toBe(0)
  await older('hubbubRelease')
  expect(await a.connections.open(user)).toBe(true)
  a.connections.close(user)
  await until(async () => (await counts(user)).sort().join(' ') === '4 5')
  expect(await admitAtOlder()).toBe(1)
  for (const _ of span(1, 5)) a.connections.close(user)
  for (const _ of span(1, 5)) await older('hubbubRelease')
  await until(async () => (await redis.exists(keys.connections(user))) === 0)
})
