import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Store } from '../domain/ports.ts'
import {
  append,
  expectFault,
  message,
  newUser,
  suiteSettings,
  uniqueName,
  until,
} from '../stores/conformance/cluster.ts'
import { openRedis } from '../stores/redis/store.ts'
import { OwnRedis } from '../test/own-redis.ts'
import { NodeJournal } from './node-journal.ts'

jest.setTimeout(30_000)

let redis: OwnRedis
let store: Store
beforeAll(async () => {
  redis = await OwnRedis.start()
  store = openRedis(redis.url, { ...suiteSettings(uniqueName('n')), prefix: 'journal' })
  await store.open()
})
afterAll(async () => {
  await store.close()
  await redis.stop()
})

test('events recorded while Redis is full are stored exactly once when it has space again', async () => {
  const resourceUsage = () => ({ open: {}, loopDelayMs: 0, rssBytes: 0, heapBytes: 0, cpu: 0, cores: 1 })
  const journal = new NodeJournal({ node: 'n1', store, resourceUsage })
  const record = (n: number) => journal.record({ kind: 'message', way: 'websocket', bytes: 10, reason: `line ${n}` })
  const stored = async () => {
    const { events } = await store.archive.events({ kinds: ['message'], limit: 100 })
    return events.map((event) => /line (\d+)/.exec(JSON.stringify(event))![1])
  }
  record(0)
  expect((await journal.totals()).messages).toBe(1)

  await redis.command('CONFIG', 'SET', 'maxmemory', '1mb')
  await expectFault(append(store.log, uniqueName(), message(newUser(), 'x')), 'unavailable')
  for (let n = 1; n <= 20; n++) {
    record(n)
    // Stored totals stay readable; the flush before the read is rejected and sent again later.
    if (n % 5 === 0) expect((await journal.totals()).messages).toBe(1)
  }
  expect(await stored()).toEqual(['0'])

  await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  await until(async () => (await journal.totals()).messages === 21)
  await journal.totals()
  expect((await stored()).sort((one, other) => Number(one) - Number(other))).toEqual(
    Array.from({ length: 21 }, (_, n) => `${n}`),
  )
  expect((await journal.totals()).messages).toBe(21)
})
