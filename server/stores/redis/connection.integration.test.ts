import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { FaultyRedisProxy } from '../../test/faulty-redis-proxy.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { refused, until } from '../conformance/cluster.ts'
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

test('an answer that arrived in time is taken, however late a busy event loop comes to read it', async () => {
  // Not through the proxy, which is of this process.
  const direct = new Connection(redis.url)
  await direct.firstReady()
  const answer = direct.call((redis) => redis.ping())
  // The command is written in this tick or a few later, by ioredis.
  await new Promise(setImmediate)
  for (const end = performance.now() + STORE_TIMEOUT_MS + 200; performance.now() < end; );
  const pong = await answer.finally(() => direct.close())
  expect(pong).toBe('PONG')
})

test('open but dead: found by its own calls, and made anew', async () => {
  expect(await ping()).toBe('PONG')
  proxy.dropReplies()
  await refused(ping(), 'unavailable')
  await until(async () => connection.ready && connection.connectCount === 2)
  expect(await ping()).toBe('PONG')
})
