import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { Entry } from '../../../protocol/entry.ts'
import { LEASE_MS } from '../../../protocol/limits.ts'
import { entryOf, targetOf } from '../../domain/append-rules.ts'
import type { Draft, Store, StoreSettings } from '../../domain/ports.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { append, expectFault, message, newUser, post, suiteSettings, uniqueName } from '../conformance/cluster.ts'
import { olderData } from '../conformance/older-data.ts'
import { span } from '../conformance/recording-follower.ts'
import { keysUnder } from './keys.ts'
import { openRedis } from './store.ts'

const keys = keysUnder('old')
const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

let own: OwnRedis
let redis: Redis
const stores: Store[] = []

beforeAll(async () => {
  own = await OwnRedis.start()
  redis = new Redis(own.url)
})
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
})
afterAll(async () => {
  redis.disconnect()
  await own.stop()
})

async function node(settings: Partial<StoreSettings> = {}): Promise<Store> {
  const store = openRedis(own.url, { ...suiteSettings(uniqueName('n'), settings), prefix: 'old' })
  stores.push(store)
  await store.open()
  return store
}

async function restore(): Promise<void> {
  await redis.flushall()
  for (const { key, type, value, ttlMs } of fixture('redis')) {
    if (type === 'string') await redis.set(key, value)
    if (type === 'hash') await redis.hset(key, value)
    if (type === 'list') await redis.rpush(key, ...value)
    if (type === 'set') await redis.sadd(key, ...value)
    if (type === 'zset') for (let i = 0; i < value.length; i += 2) await redis.zadd(key, value[i + 1], value[i])
    if (type === 'stream') for (const [id, fields] of value) await redis.xadd(key, id, ...fields)
    if (ttlMs > 0) await redis.pexpire(key, ttlMs)
  }
}

olderData(async (settings) => {
  await restore()
  return node(settings)
})

test('a match in older data ends, and none of its texts remain', async () => {
  await restore()
  const store = await node()
  const [place] = await redis.keys('old:match:{line}:place:ada')
  const room = (await redis.hget(place!, 'room'))!
  expect((await store.log.read(room, { entries: 10 })).entries).toHaveLength(1)
  await store.matches.end('ada')
  while (await redis.exists(keys.log(room), `${keys.dedupe(room)}ada:m1`))
    await new Promise((next) => setTimeout(next, 20))
  const retry = message({ id: 'ada', name: 'Ada' }, 'hello, SECRET stranger', { clientId: 'm1' })
  await expectFault(append(store.log, room, retry), 'not_in_room')
})

/** The log and lease calls of a node of version 71a4efd: its scripts, with its arguments. */
class OlderNode {
  readonly #scripts = new Map<string, { keys: number; lua: string }>(
    fixture('scripts').map((script) => [script.name, script]),
  )

  constructor(readonly settings = { logMaxEntries: 100_000, logMaxAgeMs: 0, dedupeMs: 600_000 }) {}

  async append(room: string, draft: Draft): Promise<Partial<Entry>> {
    const { by, clientId, kind, epoch = '' } = draft
    const json = JSON.stringify(entryOf(draft, { room, seq: 0, at: 0 }))
    const [, untilAt, fromBy] = /^\{"seq":0(,"kind":"\w+","room":"[^"]*","at":)0(,.*)$/s.exec(json)!
    const { logMaxEntries, logMaxAgeMs, dedupeMs } = this.settings
    const [code, entry] = (await this.#run(
      'hubbubAppend',
      [keys.meta(room), keys.log(room), `${keys.dedupe(room)}${by.id}:${clientId ?? ''}`],
      [
        ...[keys.channel(room), keys.dedupe(room), keys.edits(room), 'an-older-epoch', epoch, kind, by.id],
        ...[targetOf(draft) ?? '', untilAt!, fromBy!, clientId === undefined ? 0 : dedupeMs],
        ...[logMaxEntries, logMaxAgeMs, 0],
      ],
    )) as [string, string]
    if (code !== 'ok' && code !== 'known') throw new Error(code)
    return JSON.parse(entry)
  }

  async read(room: string): Promise<Entry[]> {
    const { logMaxEntries, logMaxAgeMs } = this.settings
    const args = [0, '', 500, 500, 'an-older-epoch', logMaxEntries, logMaxAgeMs, 60_000]
    const [, , , run] = (await this.#run('hubbubRead', [keys.meta(room), keys.log(room)], args)) as [0, 0, 0, string[]]
    return run.map((json) => JSON.parse(json))
  }

  /** Renews or acquires a lease; returns whether it was known. */
  async beat(lease: string): Promise<boolean> {
    const names = [keys.leases(), keys.expired(), keys.reports()]
    const [, known] = (await this.#run('hubbubBeat', names, [lease, LEASE_MS, '{}', 1, 0, ''])) as [number, number]
    return known === 1
  }

  #run(name: string, names: string[], args: (string | number)[]): Promise<unknown> {
    return redis.eval(this.#scripts.get(name)!.lua, names.length, ...names, ...args)
  }
}

const react = (by: Draft['by'], target: number, on = true) =>
  ({ kind: 'reaction', by, target, emoji: '👍', on }) satisfies Draft

test('older and current nodes append to one log in turns and read the same entries', async () => {
  const [older, present] = [new OlderNode(), await node()]
  const room = uniqueName()
  const ada = newUser()
  const doors = [older.append.bind(older), (name: string, draft: Draft) => append(present.log, name, draft)]
  for (const i of span(1, 40)) {
    const draft = i % 4 === 0 ? react(ada, i - 1) : message(ada, `"number" ${i} é`, { clientId: `c${i}` })
    expect(await doors[i % 2]!(room, draft)).toMatchObject({ seq: i })
  }
  const entries = await older.read(room)
  expect(entries.map(({ seq }) => seq)).toEqual(span(1, 40))
  expect((await present.log.read(room, { after: 0, entries: 500 })).entries).toEqual(entries)
})

test('a node starts beside an older one, which states no keys, but not under the same name', async () => {
  const older = new OlderNode()
  await older.beat('older.1')
  const renewing = setInterval(() => void older.beat('older.1'), 100)
  try {
    const open = (name: string) => {
      const store = openRedis(own.url, { ...suiteSettings(name), prefix: 'old' })
      stores.push(store)
      const source = 'configured' as const
      return store.open({
        agree: async () => {},
        keys: () => ({ source, fingerprints: ['one'] }),
        onWait: () => {},
      })
    }
    await open(uniqueName('n'))
    await expect(open('older')).rejects.toThrow('Another node is running under the name older.')
    expect(await older.beat('older.1')).toBe(true)
  } finally {
    clearInterval(renewing)
  }
})

test('a retry on a node of another version appends nothing, whichever version stored the original', async () => {
  const [older, present] = [new OlderNode(), await node()]
  const room = uniqueName()
  const ada = newUser()
  const [first, second] = [message(ada, 'x', { clientId: 'c1' }), message(ada, 'y', { clientId: 'c2' })]
  const stored = await older.append(room, first)
  expect(await append(present.log, room, first)).toEqual(stored)
  const { at } = await append(present.log, room, second)
  // This is all that an older node can return for it.
  expect(await older.append(room, second)).toEqual({ seq: 2, at })
  expect(await older.read(room)).toHaveLength(2)
})

test('a deletion by either version removes texts that the other stored', async () => {
  const [older, present] = [new OlderNode(), await node()]
  const room = uniqueName()
  const ada = newUser()
  const drafts = span(1, 4).map((i) => message(ada, `SECRET ${i}`, { clientId: `c${i}` }))
  for (const [i, draft] of drafts.entries())
    await (i < 2 ? older.append(room, draft) : append(present.log, room, draft))
  for (const target of [1, 3]) await append(present.log, room, { kind: 'delete', by: ada, target })
  for (const target of [2, 4]) await older.append(room, { kind: 'delete', by: ada, target })
  expect(JSON.stringify(await older.read(room))).not.toContain('SECRET')
  for (const draft of drafts) {
    expect(await append(present.log, room, draft)).toMatchObject({ clientId: draft.clientId, deleted: true })
    expect(JSON.stringify(await older.append(room, draft))).not.toContain('SECRET')
  }
})

test('the byte count recovers after nodes that do not count have appended, deleted and trimmed', async () => {
  const older = new OlderNode({ logMaxEntries: 60, logMaxAgeMs: 0, dedupeMs: 600_000 })
  const present = await node({ logMaxEntries: 60, logMaxBytes: 1_000_000 })
  const room = uniqueName()
  const ada = newUser()
  const weight = async () => (await redis.hvals(keys.log(room))).reduce((sum, line) => sum + Buffer.byteLength(line), 0)
  const counted = async () => Number((await redis.hget(keys.meta(room), 'size'))!.split(' ')[0])
  await post(present, room, ada, ...span(1, 50).map((i) => `number ${i}`))
  expect(await counted()).toBe(await weight())
  for (const i of span(1, 30)) await older.append(room, message(ada, `another ${i}`))
  await older.append(room, { kind: 'delete', by: ada, target: 60 })
  expect(await counted()).not.toBe(await weight())
  // 60 entries, 32 of them counted with each append.
  await post(present, room, ada, 'x', 'y')
  expect(await counted()).toBe(await weight())
  await append(present.log, room, { kind: 'delete', by: ada, target: 65 })
  expect(await counted()).toBe(await weight())
})

test('reaction counts of messages that an older node trimmed are deleted', async () => {
  const older = new OlderNode({ logMaxEntries: 3, logMaxAgeMs: 0, dedupeMs: 600_000 })
  const present = await node()
  const room = uniqueName()
  const ada = newUser()
  await post(present, room, ada, 'x')
  await append(present.log, room, react(ada, 1))
  expect(await redis.keys(`${keys.reactions(room)}*`)).toHaveLength(1)
  for (const i of span(1, 5)) await older.append(room, message(ada, String(i)))
  await post(present, room, ada, 'y')
  expect(await redis.keys(`${keys.reactions(room)}*`)).toEqual([])
})

test('metadata of an aged log expires, also if an older node left it without an expiry', async () => {
  const older = new OlderNode({ logMaxEntries: 100, logMaxAgeMs: 60_000, dedupeMs: 600_000 })
  const [aging, lasting] = [await node({ logMaxAgeMs: 60_000 }), await node()]
  const [read, appended] = [uniqueName(), uniqueName()]
  const ada = newUser()
  for (const room of [read, appended]) await older.append(room, message(ada, 'x'))
  expect(await redis.pttl(keys.meta(read))).toBe(-1)
  await aging.log.read(read, { entries: 1 })
  await append(aging.log, appended, message(ada, 'y'))
  for (const room of [read, appended]) expect(await redis.pttl(keys.meta(room))).toBeGreaterThan(3_600_000)
  for (const room of [read, appended]) await append(lasting.log, room, message(ada, 'z'))
  for (const room of [read, appended]) {
    expect([await redis.pttl(keys.meta(room)), await redis.pttl(keys.log(room))]).toEqual([-1, -1])
  }
})
