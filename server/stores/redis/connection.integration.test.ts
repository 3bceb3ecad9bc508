import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { FaultyRedisProxy } from '../../test/faulty-redis-proxy.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { expectFault, until } from '../conformance/cluster.ts'
import { Connection } from './connection.ts'

let redis: OwnRedis
let proxy: FaultyRedisProxy
let connection: Connection
beforeAll(async () => {
  redis = await OwnRedis.start()
})
beforeEach(async () => {
  proxy = await FaultyRedisProxy.to(redis.port)
  connection = new Connection(proxy.url)
  await connection.firstReady()
})
afterEach(async () => {
  connection.close()
  await proxy.close()
})
afterAll(() => redis.stop())

const ping = () => connection.call((redis) => redis.ping())

test('accepts a reply that arrived in time even if a busy event loop reads it late', async () => {
  // Without the proxy, which runs in this process.
  const direct = new Connection(redis.url)
  await direct.firstReady()
  const answer = direct.call((redis) => redis.ping())
  // ioredis writes the command in this tick or a few ticks later.
  await new Promise(setImmediate)
  for (const end = performance.now() + STORE_TIMEOUT_MS + 200; performance.now() < end; );
  const pong = await answer.finally(() => direct.close())
  expect(pong).toBe('PONG')
})

test('detects an open but dead connection by its own calls and replaces it', async () => {
  expect(await ping()).toBe('PONG')
  proxy.dropReplies()
  await expectFault(ping(), 'unavailable')
  await until(async () => connection.ready && connection.connectCount === 2)
  expect(await ping()).toBe('PONG')
})
