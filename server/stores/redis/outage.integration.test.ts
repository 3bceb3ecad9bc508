import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import type { Store } from '../../domain/ports.ts'
import { FaultyRedisProxy } from '../../test/faulty-redis-proxy.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { append, fresh, message, refused, say, someone, suiteSettings, until } from '../conformance/cluster.ts'
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
  const store = openRedis(url, { ...suiteSettings(fresh('n')), prefix: 'outage' })
  stores.push(store)
  await store.open()
  return store
}

const back = (...some: Store[]) => until(async () => some.every((store) => store.unavailableReason() === undefined))
const ails = (store: Store) => until(async () => store.unavailableReason() !== undefined)

/** Appends until the store takes it: what a client's outbox does. */
async function insist(store: Store, room: string, text: string, clientId: string) {
  const draft = message(someone(), text, { clientId })
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

describe('the store away', () => {
  test('a frozen Redis: `unavailable` in time, then at once; the node says that it ails', async () => {
    const a = await node()
    redis.freeze()
    const late = STORE_TIMEOUT_MS + 300
    await within(late, () => refused(append(a.log, fresh(), message(someone(), 'x')), 'unavailable'))
    await within(late, () => refused(a.log.read(fresh(), { entries: 1 }), 'unavailable'))
    await within(late, () => refused(a.log.follow(fresh(), new RecordingFollower()), 'unavailable'))
    await within(late, () => refused(a.roster.update(fresh(), []), 'unavailable'))
    await within(late, () => refused(a.nodes.takeToken(fresh(), { perSecond: 1, burst: 1 }), 'unavailable'))
    await ails(a)
    redis.thaw()
    await back(a)
    await say(a, fresh(), someone(), 'x')
  })

  test('an append that was refused is not carried out by a Redis that thaws', async () => {
    const a = await node()
    const room = fresh()
    await say(a, room, someone(), 'before')
    const ada = someone()
    const drafts = span(1, 50).map((i) => message(ada, `${i}`, { clientId: `c${i}` }))
    redis.freeze()
    await Promise.all(drafts.map((draft) => refused(append(a.log, room, draft), 'unavailable')))
    // The connections are made anew, but Redis has their words, and carries them out first.
    redis.thaw()
    // Its numbers tell that nothing was stored between the two.
    expect(await insist(a, room, 'after', 'after')).toMatchObject({ seq: 2 })
  })

  test('a clock of Redis that was set refuses nothing', async () => {
    const db = new Connection(redis.url)
    await db.firstReady()
    // As this node knows it: an hour fast, so that every deadline has passed.
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
    const log = new RedisLog({ ...deps, settings: suiteSettings('set') })
    try {
      expect(await append(log, fresh(), message(someone(), 'x'))).toMatchObject({ seq: 1, text: 'x' })
      expect(Math.abs(aheadMs)).toBeLessThan(60_000)
    } finally {
      index.changes.close()
      deps.subscriptions.close()
      db.close()
    }
  })

  test('a killed Redis: followers hear every entry once, in order, when it is back', async () => {
    const [a, b, c] = [await node(), await node(), await node()]
    const room = fresh()
    const recordingFollowers = await Promise.all([a, b, c].map((store) => RecordingFollower.at(store, room)))
    const author = (nth: number) =>
      (async () => {
        const said = []
        for (const i of span(1, 150)) said.push(await insist([a, b][nth]!, room, `${nth} ${i}`, `c${nth}-${i}`))
        return said
      })()
    const authors = [author(0), author(1)]
    await recordingFollowers[2]!.waitFor(40)
    await redis.kill()
    await ails(a)
    await within(100, () => refused(append(a.log, room, message(someone(), 'x')), 'unavailable'))
    await redis.run()
    const said = (await Promise.all(authors)).flat()
    const { head, entries } = await a.log.read(room, { after: 0, entries: 1_000 })
    expect(new Set(entries.map((entry) => entry.clientId)).size).toBe(300)
    expect(said.every((entry) => entries.some((stored) => stored.seq === entry.seq))).toBe(true)
    for (const ear of recordingFollowers) {
      await ear.waitFor(head)
      expect(ear.heard).toEqual(entries)
      expect(ear.renewals).toEqual([])
    }
  })

  test('a store that was never there: open waits for it, and nothing ends the process', async () => {
    await redis.kill()
    const store = openRedis(redis.url, { ...suiteSettings('early'), prefix: 'outage' })
    stores.push(store)
    const opened = store.open()
    expect(store.unavailableReason()).toMatch(/not answered yet/)
    await refused(append(store.log, fresh(), message(someone(), 'x')), 'unavailable')
    await redis.run()
    await opened
    expect(store.unavailableReason()).toBeUndefined()
  })
})

describe('a subscriber that lost its connection', () => {
  test('open but dead: heals within 5 s, a lost last message included', async () => {
    const [a, b] = [await node(), await node(proxy.url)]
    const room = fresh()
    const ear = await RecordingFollower.at(b, room)
    await say(a, room, someone(), 'heard')
    await ear.waitFor(1)
    proxy.dropReplies()
    await say(a, room, someone(), 'lost', 'the last one')
    await within(5_000, () => ear.waitFor(3))
    expect(ear.seqs).toEqual([1, 2, 3])
    await back(b)
    await say(a, room, someone(), 'and on')
    await within(500, () => ear.waitFor(4))
  })

  test('the subscriber alone open but dead: its own ticks tell', async () => {
    const [a, b] = [await node(), await node(proxy.url)]
    const room = fresh()
    const ear = await RecordingFollower.at(b, room)
    await until(async () => proxy.dropSubscriberReplies() > 0)
    await say(a, room, someone(), 'lost')
    await within(5_000, () => ear.waitFor(1))
    expect(ear.seqs).toEqual([1])
  })

  test('dead before its first tick: found after as many ticks as ever', async () => {
    const channels = new Subscriptions(proxy.url, 'ticks')
    await channels.open()
    expect(proxy.dropSubscriberReplies()).toBe(1)
    const said = jest.fn(async () => {})
    while (channels.complete) await channels.tick(said)
    expect(said).toHaveBeenCalledTimes(3)
    await until(async () => channels.complete)
    channels.close()
  })

  test('cut off by Redis under load: every entry once, in order', async () => {
    const [a, b] = [await node(), await node()]
    const room = fresh()
    const ear = await RecordingFollower.at(b, room)
    const saying = Promise.all(span(1, 400).map((i) => insist(a, room, String(i), `c${i}`)))
    for (let i = 0; i < 5; i++) await redis.disconnectSubscribers()
    await saying
    const { head } = await a.log.read(room, { entries: 1 })
    await ear.waitFor(head)
    expect(ear.seqs).toEqual(span(1, head))
  })

  test('rosters are looked at again', async () => {
    const [a, b] = [await node(), await node(proxy.url)]
    const room = fresh()
    let looks = 0
    await b.roster.watch(room, () => looks++)
    proxy.dropReplies()
    await a.roster.update(room, [{ user: someone(), status: 'online' }])
    await within(5_000, () => until(async () => looks > 0))
  })
})

describe('a log that was lost or went back', () => {
  test('wiped: it goes on under another epoch, from 1', async () => {
    const [a, b] = [await node(), await node()]
    const room = fresh()
    const ears = [await RecordingFollower.at(a, room), await RecordingFollower.at(b, room)]
    await say(a, room, someone(), 'x', 'y', 'z')
    for (const ear of ears) await ear.waitFor(3)
    await redis.kill()
    await redis.wipe()
    await redis.run()
    await until(async () => ears.every((recordingFollower) => recordingFollower.renewals.length > 0))
    const { epoch } = await a.log.read(room, { entries: 1 })
    const [entry] = await say(b, room, someone(), 'anew')
    expect(entry!.seq).toBe(1)
    for (const ear of ears) {
      await until(async () => ear.heard.length === 4)
      expect(ear.heard.at(-1)).toEqual(entry)
      expect(ear.renewals).toEqual([{ epoch, head: 0 }])
      expect(epoch).not.toBe(ear.following.epoch)
    }
  })

  test('wiped while it runs: the next word tells', async () => {
    const a = await node()
    const room = fresh()
    const ear = await RecordingFollower.at(a, room)
    await say(a, room, someone(), 'x')
    await redis.command('FLUSHALL')
    const [entry] = await say(a, room, someone(), 'anew')
    expect(entry!.seq).toBe(1)
    await until(async () => ear.renewals.length === 1)
    expect(ear.renewals[0]!.head).toBe(1)
    await back(a)
  })

  test('set back to an older file: renewed once, what is there is kept, new numbers are not mistaken', async () => {
    const [a, b] = [await node(), await node()]
    const room = fresh()
    const ears = [await RecordingFollower.at(a, room), await RecordingFollower.at(b, room)]
    const kept = await say(a, room, someone(), 'one', 'two')
    await redis.saveSnapshot()
    await say(a, room, someone(), 'three', 'four', 'five')
    for (const ear of ears) await ear.waitFor(5)
    const before = ears[0]!.following.epoch
    await redis.kill()
    await redis.restoreSnapshot()
    await redis.run()
    await until(async () => ears.every((ear) => ear.renewals.length > 0))
    const page = await a.log.read(room, { after: 0, entries: 10 })
    expect(page).toMatchObject({ head: 2, entries: kept })
    expect(page.epoch).not.toBe(before)
    await refused(append(a.log, room, message(someone(), 'x', { epoch: before })), 'stale_epoch')
    const [entry] = await say(b, room, someone(), 'another three')
    expect(entry!.seq).toBe(3)
    for (const ear of ears) {
      await until(async () => ear.heard.length === 6)
      expect(ear.heard.at(-1)).toEqual(entry)
      expect(ear.renewals).toEqual([{ epoch: page.epoch, head: 2 }])
    }
  })

  test('set back, and already further than before: the same number with other content tells', async () => {
    const [a, away] = [await node(), await node(proxy.url)]
    const room = fresh()
    const ear = await RecordingFollower.at(away, room)
    await say(a, room, someone(), 'one')
    await redis.saveSnapshot()
    await say(a, room, someone(), 'two', 'three')
    await ear.waitFor(3)
    proxy.blackhole()
    await redis.kill()
    await redis.restoreSnapshot()
    await redis.run()
    await back(a)
    const other = await say(a, room, someone(), 'another two', 'another three', 'four')
    proxy.heal()
    await until(async () => ear.renewals.length > 0)
    expect(ear.seqs).toEqual([1, 2, 3])
    expect(ear.renewals[0]!.head).toBe(4)
    expect((await away.log.read(room, { after: 1, entries: 10 })).entries).toEqual(other)
  })

  test('trimmed while we were away: a hole that nobody can fill is no silence', async () => {
    const short = openRedis(redis.url, { ...suiteSettings('short', { logMaxEntries: 3 }), prefix: 'outage' })
    stores.push(short)
    await short.open()
    const away = await node(proxy.url)
    const room = fresh()
    const ear = await RecordingFollower.at(away, room)
    await say(short, room, someone(), '1')
    await ear.waitFor(1)
    proxy.blackhole()
    await say(short, room, someone(), ...span(2, 9).map(String))
    proxy.heal()
    await until(async () => ear.renewals.length > 0)
    expect(ear.renewals).toEqual([{ epoch: ear.following.epoch, head: 9 }])
    await say(short, room, someone(), '10')
    await ear.waitFor(10)
    expect(ear.seqs).toEqual([1, 10])
  })
})
