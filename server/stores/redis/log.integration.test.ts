import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { Store, StoreSettings } from '../../domain/ports.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { append, fresh, message, say, someone, suiteSettings } from '../conformance/cluster.ts'
import { span } from '../conformance/recording-follower.ts'
import { keysUnder } from './keys.ts'
import { openRedis } from './store.ts'

const keys = keysUnder('log')
let own: OwnRedis
let redis: Redis
const stores: Store[] = []

beforeAll(async () => {
  own = await OwnRedis.start()
  redis = new Redis(own.url)
})
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  redis.disconnect()
  await own.stop()
})

async function node(settings: Partial<StoreSettings> = {}): Promise<Store> {
  const store = openRedis(own.url, { ...suiteSettings(fresh('n'), settings), prefix: 'log' })
  stores.push(store)
  await store.open()
  return store
}

/** Everything that Redis holds, as text. */
async function everything(): Promise<string> {
  const all: unknown[] = []
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key)
    if (type === 'hash') all.push(key, await redis.hgetall(key))
    else if (type === 'string') all.push(key, await redis.get(key))
    else if (type === 'list') all.push(key, await redis.lrange(key, 0, -1))
    else all.push(key)
  }
  return JSON.stringify(all)
}

test('a deleted text is nowhere in Redis: not in the log, not in the edits, not in what is kept of clientIds', async () => {
  const { log } = await node()
  const room = fresh()
  const [ada, bob] = [someone('"text":"'), someone()]
  await append(log, room, message(ada, 'a SECRET, "text":"x"', { clientId: 'c1' }))
  await append(log, room, message(bob, 'an answer that stays', { clientId: 'c1', replyTo: 1 }))
  await append(log, room, { kind: 'edit', by: ada, target: 1, text: 'SECRET ,"target":1}', clientId: 'c2' })
  await append(log, room, { kind: 'edit', by: ada, target: 1, text: '\\"SECRET\\"' })
  expect(await everything()).toContain('SECRET')
  await append(log, room, { kind: 'delete', by: ada, target: 1 })
  expect(await everything()).not.toContain('SECRET')
  expect(await everything()).toContain('an answer that stays')
  const retried = await append(log, room, message(ada, 'a SECRET', { clientId: 'c1' }))
  expect(retried).toMatchObject({ seq: 1, by: ada, deleted: true })
  expect(retried.text).toBeUndefined()
  expect(await everything()).not.toContain('SECRET')
})

test('what is trimmed is gone from Redis, its list of edits too', async () => {
  const { log } = await node({ logMaxEntries: 4 })
  const room = fresh()
  const ada = someone()
  await append(log, room, message(ada, 'edited'))
  await append(log, room, { kind: 'edit', by: ada, target: 1, text: 'more' })
  expect(await redis.exists(`${keys.edits(room)}1`)).toBe(1)
  for (const i of span(1, 5)) await append(log, room, message(ada, String(i)))
  expect((await redis.hkeys(keys.log(room))).sort()).toEqual(['4', '5', '6', '7'])
  expect(await redis.exists(`${keys.edits(room)}1`)).toBe(0)
})

test('a limit that was lowered holds for readers at once, and is reached step by step', async () => {
  const [long, short] = [await node(), await node({ logMaxEntries: 10 })]
  const room = fresh()
  const ada = someone()
  await Promise.all(span(1, 200).map((i) => append(long.log, room, message(ada, String(i)))))
  const { entries, truncated } = await short.log.read(room, { after: 0, entries: 500 })
  expect([entries.map(({ seq }) => seq), truncated]).toEqual([span(191, 200), true])
  await say(short, room, ada, ...span(1, 4).map(String))
  expect(await redis.hlen(keys.log(room))).toBe(10)
})

test('a quiet log is gone when its newest entry is too old, and its numbers go on', async () => {
  const { log } = await node({ logMaxAgeMs: 100 })
  const room = fresh()
  const ada = someone()
  await append(log, room, message(ada, 'x'))
  while (await redis.exists(keys.log(room))) await new Promise((next) => setTimeout(next, 20))
  expect(await log.read(room, { after: 0, entries: 10 })).toMatchObject({
    head: 1,
    entries: [],
    truncated: true,
    more: false,
  })
  expect((await append(log, room, message(ada, 'y'))).seq).toBe(2)
  expect((await log.read(room, { after: 0, entries: 10 })).entries.map(({ seq }) => seq)).toEqual([2])
})
