import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { entryOf } from '../../domain/append-rules.ts'
import type { Draft, Store, StoreSettings } from '../../domain/ports.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { append, message, newUser, post, suiteSettings, uniqueName, until } from '../conformance/cluster.ts'
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
  const store = openRedis(own.url, { ...suiteSettings(uniqueName('n'), settings), prefix: 'log' })
  stores.push(store)
  await store.open()
  return store
}

/** All data in Redis, as text. */
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

test('stores and publishes entries byte for byte as JSON.stringify writes them', async () => {
  const { log } = await node()
  const room = uniqueName()
  const ada = newUser('O"Neill \\ 🦜 \u2028')
  const drafts: Draft[] = [
    message(ada, 'a/b "quoted" \\n \u0001 1e400', { clientId: 'c1', sentAt: 1_700_000_000_123 }),
    message(ada, '', { replyTo: 1 }),
    { kind: 'edit', by: ada, target: 1, text: ',"target":7}' },
    { kind: 'reaction', by: ada, target: 1, emoji: '"👍🏽', on: true },
    { kind: 'reaction', by: ada, target: 1, emoji: '"👍🏽', on: false, clientId: 'c2' },
    { kind: 'delete', by: ada, target: 2 },
  ]
  const subscriber = redis.duplicate()
  const published: string[] = []
  subscriber.on('smessage', (_, text: string) => published.push(text))
  await subscriber.ssubscribe(keys.channel(room))
  const { epoch } = await log.read(room, { entries: 1 })
  const expected: string[] = []
  for (const [i, draft] of drafts.entries()) {
    const { at } = await append(log, room, draft)
    expected.push(JSON.stringify(entryOf(draft, { room, seq: i + 1, at })))
    if (i === 1) expect(await redis.hget(keys.log(room), '2')).toBe(`2 ${expected[1]}`)
  }
  await until(async () => published.length === drafts.length)
  subscriber.disconnect()
  expect(published).toEqual(expected.map((json) => `entry ${epoch} ${json}`))
  const ordinals: Record<number, number> = { 1: 1, 3: 2, 4: 2, 5: 2, 6: 2 }
  for (const [seq, ordinal] of Object.entries(ordinals)) {
    expect(await redis.hget(keys.log(room), seq)).toBe(`${ordinal} ${expected[Number(seq) - 1]}`)
  }
})

test('a deleted text is nowhere in Redis: neither in the log, nor in edits, nor in data kept for retries', async () => {
  const { log } = await node()
  const room = uniqueName()
  const [ada, bob] = [newUser('"text":"'), newUser()]
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

test('a trimmed entry is removed from Redis, including its list of edits', async () => {
  const { log } = await node({ logMaxEntries: 4 })
  const room = uniqueName()
  const ada = newUser()
  await append(log, room, message(ada, 'edited'))
  await append(log, room, { kind: 'edit', by: ada, target: 1, text: 'more' })
  expect(await redis.exists(`${keys.edits(room)}1`)).toBe(1)
  for (const i of span(1, 5)) await append(log, room, message(ada, String(i)))
  expect((await redis.hkeys(keys.log(room))).sort()).toEqual(['4', '5', '6', '7'])
  expect(await redis.exists(`${keys.edits(room)}1`)).toBe(0)
})

test('a lowered limit applies to readers at once, and the log shrinks gradually', async () => {
  const [long, short] = [await node(), await node({ logMaxEntries: 10 })]
  const room = uniqueName()
  const ada = newUser()
  await Promise.all(span(1, 200).map((i) => append(long.log, room, message(ada, String(i)))))
  const { entries, truncated } = await short.log.read(room, { after: 0, entries: 500 })
  expect([entries.map(({ seq }) => seq), truncated]).toEqual([span(191, 200), true])
  await post(short, room, ada, ...span(1, 4).map(String))
  expect(await redis.hlen(keys.log(room))).toBe(10)
})

test('an idle log expires with its newest entry, and its numbering continues', async () => {
  const { log } = await node({ logMaxAgeMs: 100 })
  const room = uniqueName()
  const ada = newUser()
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
