import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import type { Store } from '../../domain/ports.ts'
import { FaultyRedisProxy } from '../../test/faulty-redis-proxy.ts'
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
import { RecordingFollower, span } from '../conformance/recording-follower.ts'
import { Connection } from './connection.ts'
import { keysUnder } from './keys.ts'
import { RedisLog } from './log.ts'
import { RoomIndex } from './room-index.ts'
import { openRedis } from './store.ts'
import { Subscriptions } from './subscriptions.ts'

jest.setTimeout(60_000)

let redis: OwnRedis
let proxy: FaultyRedisProxy
let stores: Store[] = []

beforeAll(async () => {
  redis = await OwnRedis.start()
})
beforeEach(async () => {
  await redis.run()
  proxy = await FaultyRedisProxy.to(redis.port)
})
afterEach(async () => {
  redis.thaw()
  await Promise.all(stores.map((store) => store.close()))
  stores = []
  await proxy.close()
})
afterAll(() => redis.stop())

async function node(url = redis.url): Promise<Store> {
  const store = openRedis(url, { ...suiteSettings(uniqueName('n')), prefix: 'outage' })
  stores.push(store)
  await store.open()
  return store
}

const back = (...some: Store[]) => until(async () => some.every((store) => store.unavailableReason() === undefined))
const ails = (store: Store) => until(async () => store.unavailableReason() !== undefined)

/** Retries until the store accepts the append, as a client does. */
async function insist(store: Store, room: string, text: string, clientId: string) {
  const draft = message(newUser(), text, { clientId })
  for (;;) {
    try {
      return await append(store.log, room, draft)
    } catch {
      await new Promise((next) => setTimeout(next, 50))
    }
  }
}

async function within(ms: number, work: () => Promise<unknown>): Promise<void> {
  const began = performance.now()
  await work()
  expect(performance.now() - began).toBeLessThan(ms)
}

describe('unavailable store', () => {
  test('a suspended Redis: calls reject as `unavailable`, first after the timeout, then at once, and the node reports it', async () => {
    const a = await node()
    redis.freeze()
    const late = STORE_TIMEOUT_MS + 300
    await within(late, () => expectFault(append(a.log, uniqueName(), message(newUser(), 'x')), 'unavailable'))
    await within(late, () => expectFault(a.log.read(uniqueName(), { entries: 1 }), 'unavailable'))
    await within(late, () => expectFault(a.log.follow(uniqueName(), new RecordingFollower()), 'unavailable'))
    await within(late, () => expectFault(a.roster.update(uniqueName(), []), 'unavailable'))
    await within(late, () => expectFault(a.nodes.takeToken(uniqueName(), { perSecond: 1, burst: 1 }), 'unavailable'))
    await ails(a)
    redis.thaw()
    await back(a)
    await post(a, uniqueName(), newUser(), 'x')
  })

  test('a rejected append is not executed by a Redis that resumes', async () => {
    const a = await node()
    const room = uniqueName()
    await post(a, room, newUser(), 'before')
    const ada = newUser()
    const drafts = span(1, 50).map((i) => message(ada, `${i}`, { clientId: `c${i}` }))
    redis.freeze()
    await Promise.all(drafts.map((draft) => expectFault(append(a.log, room, draft), 'unavailable')))
    // The connections are replaced, but Redis already received their commands and executes those first.
    redis.thaw()
    // Consecutive numbers show that nothing was stored in between.
    expect(await insist(a, room, 'after', 'after')).toMatchObject({ seq: 2 })
  })

  test('changing the clock of Redis rejects no appends', async () => {
    const db = new Connection(redis.url)
    await db.firstReady()
    // This node believes the clock to be an hour ahead, so that every deadline has passed.
    let aheadMs = -3_600_000
    const clock = {
      deadline: (ms: number) => Math.round(Date.now() + aheadMs + ms),
      syncClock: (time: number) => {
        aheadMs = time - Date.now()
      },
    }
    const keys = keysUnder('outage')
    const index = new RoomIndex(db, keys)
    const deps = { db, appends: db, clock, subscriptions: new Subscriptions(redis.url, 'none'), keys, index }
    const log = new RedisLog({ ...deps, settings: suiteSettings('set'), prefix: 'outage' })
    try {
      expect(await append(log, uniqueName(), message(newUser(), 'x'))).toMatchObject({ seq: 1, text: 'x' })
      expect(Math.abs(aheadMs)).toBeLessThan(60_000)
    } finally {
      index.changes.close()
      deps.subscriptions.close()
      db.close()
    }
  })

  test('a killed Redis: followers receive each entry once, in order, after it is back', async () => {
    const [a, b, c] = [await node(), await node(), await node()]
    const room = uniqueName()
    const followers = await Promise.all([a, b, c].map((store) => RecordingFollower.at(store, room)))
    const author = (nth: number) =>
      (async () => {
        const said = []
        for (const i of span(1, 150)) said.push(await insist([a, b][nth]!, room, `${nth} ${i}`, `c${nth}-${i}`))
        return said
      })()
    const authors = [author(0), author(1)]
    await followers[2]!.waitFor(40)
    await redis.kill()
    await ails(a)
    await within(100, () => expectFault(append(a.log, room, message(newUser(), 'x')), 'unavailable'))
    await redis.run()
    const said = (await Promise.all(authors)).flat()
    const { head, entries } = await a.log.read(room, { after: 0, entries: 1_000 })
    expect(new Set(entries.map((entry) => entry.clientId)).size).toBe(300)
    expect(said.every((entry) => entries.some((stored) => stored.seq === entry.seq))).toBe(true)
    for (const follower of followers) {
      await follower.waitFor(head)
      expect(follower.received).toEqual(entries)
      expect(follower.renewals).toEqual([])
    }
  })

  test('a store that is never reachable: open waits for it, and the process does not end', async () => {
    await redis.kill()
    const store = openRedis(redis.url, { ...suiteSettings('early'), prefix: 'outage' })
    stores.push(store)
    const opened = store.open()
    expect(store.unavailableReason()).toMatch(/not answered yet/)
    await expectFault(append(store.log, uniqueName(), message(newUser(), 'x')), 'unavailable')
    await redis.run()
    await opened
    expect(store.unavailableReason()).toBeUndefined()
  })
})

describe('subscriber that lost its connection', () => {
  test('an open but dead connection recovers within 5 s, and no message is lost', async () => {
    const [a, b] = [await node(), await node(proxy.url)]
    const room = uniqueName()
    const follower = await RecordingFollower.at(b, room)
    await post(a, room, newUser(), 'heard')
    await follower.waitFor(1)
    proxy.dropReplies()
    await post(a, room, newUser(), 'lost', 'the last one')
    await within(5_000, () => follower.waitFor(3))
    expect(follower.seqs).toEqual([1, 2, 3])
    await back(b)
    await post(a, room, newUser(), 'and on')
    await within(500, () => follower.waitFor(4))
  })

  test('a dead subscriber alone is detected by its missing ticks', async () => {
    const [a, b] = [await node(), await node(proxy.url)]
    const room = uniqueName()
    const follower = await RecordingFollower.at(b, room)
    await until(async () => proxy.dropSubscriberReplies() > 0)
    await post(a, room, newUser(), 'lost')
    await within(5_000, () => follower.waitFor(1))
    expect(follower.seqs).toEqual([1])
  })

  test('catches up when it is asked to, with a dead subscriber, and not without Redis', async () => {
    const [a, b] = [await node(), await node(proxy.url)]
    const room = uniqueName()
    const follower = await RecordingFollower.at(b, room)
    await until(async () => proxy.dropSubscriberReplies() > 0)
    await post(a, room, newUser(), 'lost')
    await follower.following.catchUp()
    expect(follower.seqs).toEqual([1])
    proxy.dropReplies()
    await expectFault(follower.following.catchUp(), 'unavailable')
  })

  test('a connection that dies before its first tick is detected after as many ticks', async () => {
    const channels = new Subscriptions(proxy.url, 'ticks')
    await channels.open()
    expect(proxy.dropSubscriberReplies()).toBe(1)
    const said = jest.fn(async () => {})
    while (channels.complete) await channels.tick(said)
    expect(said).toHaveBeenCalledTimes(3)
    await until(async () => channels.complete)
    channels.close()
  })

  test('disconnected by Redis under load: each entry once, in order', async () => {
    const [a, b] = [await node(), await node()]
    const room = uniqueName()
    const follower = await RecordingFollower.at(b, room)
    const saying = Promise.all(span(1, 400).map((i) => insist(a, room, String(i), `c${i}`)))
    for (let i = 0; i < 5; i++) await redis.disconnectSubscribers()
    await saying
    const { head } = await a.log.read(room, { entries: 1 })
    await follower.waitFor(head)
    expect(follower.seqs).toEqual(span(1, head))
  })

  test('rosters are read again', async () => {
    const [a, b] = [await node(), await node(proxy.url)]
    const room = uniqueName()
    let looks = 0
    await b.roster.watch(room, () => looks++)
    proxy.dropReplies()
    await a.roster.update(room, [{ user: newUser(), status: 'online' }])
    await within(5_000, () => until(async () => looks > 0))
  })
})

describe('log that was lost or went back', () => {
  test('wiped: the log continues with a new epoch, from 1', async () => {
    const [a, b] = [await node(), await node()]
    const room = uniqueName()
    const ears = [await RecordingFollower.at(a, room), await RecordingFollower.at(b, room)]
    await post(a, room, newUser(), 'x', 'y', 'z')
    for (const follower of ears) await follower.waitFor(3)
    await redis.kill()
    await redis.wipe()
    await redis.run()
    await until(async () => ears.every((follower) => follower.renewals.length > 0))
    const { epoch } = await a.log.read(room, { entries: 1 })
    const [entry] = await post(b, room, newUser(), 'anew')
    expect(entry!.seq).toBe(1)
    for (const follower of ears) {
      await until(async () => follower.received.length === 4)
      expect(follower.received.at(-1)).toEqual(entry)
      expect(follower.renewals).toEqual([{ epoch, head: 0 }])
      expect(epoch).not.toBe(follower.following.epoch)
    }
  })

  test('wiped while nodes run: the next entry reveals it', async () => {
    const a = await node()
    const room = uniqueName()
    const follower = await RecordingFollower.at(a, room)
    await post(a, room, newUser(), 'x')
    await redis.command('FLUSHALL')
    const [entry] = await post(a, room, newUser(), 'anew')
    expect(entry!.seq).toBe(1)
    await until(async () => follower.renewals.length === 1)
    expect(follower.renewals[0]!.head).toBe(1)
    await back(a)
  })

  test('restored from an older file: one new epoch, existing entries are kept, new numbers are not confused with old ones', async () => {
    const [a, b] = [await node(), await node()]
    const room = uniqueName()
    const ears = [await RecordingFollower.at(a, room), await RecordingFollower.at(b, room)]
    const kept = await post(a, room, newUser(), 'one', 'two')
    await redis.saveSnapshot()
    await post(a, room, newUser(), 'three', 'four', 'five')
    for (const follower of ears) await follower.waitFor(5)
    const before = ears[0]!.following.epoch
    await redis.kill()
    await redis.restoreSnapshot()
    await redis.run()
    await until(async () => ears.every((follower) => follower.renewals.length > 0))
    const page = await a.log.read(room, { after: 0, entries: 10 })
    expect(page).toMatchObject({ head: 2, entries: kept })
    expect(page.epoch).not.toBe(before)
    await expectFault(append(a.log, room, message(newUser(), 'x', { epoch: before })), 'stale_epoch')
    const [entry] = await post(b, room, newUser(), 'another three')
    expect(entry!.seq).toBe(3)
    for (const follower of ears) {
      await until(async () => follower.received.length === 6)
      expect(follower.received.at(-1)).toEqual(entry)
      expect(follower.renewals).toEqual([{ epoch: page.epoch, head: 2 }])
    }
  })

  test('restored and already further than before: the same number with different content reveals it', async () => {
    const [a, away] = [await node(), await node(proxy.url)]
    const room = uniqueName()
    const follower = await RecordingFollower.at(away, room)
    await post(a, room, newUser(), 'one')
    await redis.saveSnapshot()
    await post(a, room, newUser(), 'two', 'three')
    await follower.waitFor(3)
    proxy.blackhole()
    await redis.kill()
    await redis.restoreSnapshot()
    await redis.run()
    await back(a)
    const other = await post(a, room, newUser(), 'another two', 'another three', 'four')
    proxy.heal()
    await until(async () => follower.renewals.length > 0)
    expect(follower.seqs).toEqual([1, 2, 3])
    expect(follower.renewals[0]!.head).toBe(4)
    expect((await away.log.read(room, { after: 1, entries: 10 })).entries).toEqual(other)
  })

  test('trimmed while the follower was behind: the gap is reported, not skipped silently', async () => {
    const short = openRedis(redis.url, { ...suiteSettings('short', { logMaxEntries: 3 }), prefix: 'outage' })
    stores.push(short)
    await short.open()
    const away = await node(proxy.url)
    const room = uniqueName()
    const follower = await RecordingFollower.at(away, room)
    await post(short, room, newUser(), '1')
    await follower.waitFor(1)
    proxy.blackhole()
    await post(short, room, newUser(), ...span(2, 9).map(String))
    proxy.heal()
    await until(async () => follower.renewals.length > 0)
    expect(follower.renewals).toEqual([{ epoch: follower.following.epoch, head: 9 }])
    await post(short, room, newUser(), '10')
    await follower.waitFor(10)
    expect(follower.seqs).toEqual([1, 10])
  })
})
