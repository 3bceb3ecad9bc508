import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Payload } from '../../protocol/events.ts'
import { JOIN_PAGE_ENTRIES } from '../../protocol/limits.ts'
import { append } from '../stores/conformance/cluster.ts'
import { type Running, startCluster, stores } from './cluster.ts'
import { Person } from './person.ts'

describe.each(stores)('presence and typing over three nodes, on the %s store', (store) => {
  let cluster: Running
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, store })
  })
  afterAll(() => cluster.close())

  test('two people, two tabs each: online while any tab is, gone right after the last one goes', async () => {
    const room = 'tabs'
    const [url1, url2, url3] = cluster.urls as [string, string, string]
    const ada = await Person.comes(url1, 'Ada')
    const adaToo = await Person.comes(url2, 'Ada', { token: ada.token })
    const bob = await Person.comes(url3, 'Bob', { transports: ['polling'] })
    const bobToo = await Person.comes(url3, 'Bob', { token: bob.token })
    for (const tab of [ada, adaToo, bob, bobToo]) await tab.does('room:join', { room })
    const { members, online } = await bob.does('members:read', { room })
    expect(members.map(({ id }) => id).sort()).toEqual([ada.user.id, bob.user.id].sort())
    expect(online).toBe(2)

    // Departures of a node are announced in their order: when the marker's is heard, Ada's would have been.
    const marker = await Person.comes(url1, 'Marker')
    await marker.does('room:join', { room })
    ada.goes()
    marker.goes()
    await bob.hears('presence', (p) => p.room === room && p.left.includes(marker.user.id))
    const left = (p: Payload<'presence'>) => p.room === room && p.left.includes(ada.user.id)
    expect(bob.all('presence').some(left)).toBe(false)
    const wentAt = Date.now()
    adaToo.goes()
    expect(await bob.hears('presence', left)).toMatchObject({ left: [ada.user.id], online: 1 })
    expect(Date.now() - wentAt).toBeLessThan(4_000)
    for (const tab of [bob, bobToo]) tab.goes()
  })

  test('a reload does not flicker', async () => {
    const room = 'reload'
    const watcher = await Person.comes(cluster.urls[0]!, 'Watcher')
    await watcher.does('room:join', { room })
    const first = await Person.comes(cluster.urls[1]!, 'Ray')
    await first.does('room:join', { room })
    await watcher.hears('presence', (p) => p.room === room && p.joined.some(({ id }) => id === first.user.id))
    const marker = await Person.comes(cluster.urls[1]!, 'Marker')
    await marker.does('room:join', { room })
    first.goes()
    marker.goes()
    const second = await Person.comes(cluster.urls[2]!, 'Ray', { token: first.token })
    await second.does('room:join', { room })
    await watcher.hears('presence', (p) => p.room === room && p.left.includes(marker.user.id))
    expect(watcher.all('presence').some((p) => p.room === room && p.left.includes(first.user.id))).toBe(false)
    for (const person of [watcher, second]) person.goes()
  })

  test('leaving a room is seen without delay, and versions follow one another', async () => {
    const room = 'versions'
    const watcher = await Person.comes(cluster.urls[0]!, 'Watcher')
    const { version } = await watcher.does('room:join', { room })
    for (const url of cluster.urls) {
      const visitor = await Person.comes(url, 'Visitor')
      await visitor.does('room:join', { room })
      await watcher.hears('presence', (p) => p.room === room && p.joined.some(({ id }) => id === visitor.user.id))
      await visitor.does('room:leave', { room })
      await watcher.hears('presence', (p) => p.room === room && p.left.includes(visitor.user.id))
      visitor.goes()
    }
    const versions = watcher.all('presence').flatMap((p) => (p.room === room ? [p.version] : []))
    expect(versions).toEqual(versions.map((_, i) => version + 1 + i))
    watcher.goes()
  })

  test('a diff that is sent while the older page is read is part of the answer to room:join', async () => {
    const room = 'slow-page'
    const [url] = cluster.urls as [string]
    const { log } = cluster.backings[0]!.store
    const [watcher, late, third] = await Promise.all(
      ['Watcher', 'Late', 'Third'].map((name) => Person.comes(url, name)),
    )
    for (let i = 0; i <= JOIN_PAGE_ENTRIES; i++) {
      await append(log, room, { kind: 'message', by: watcher!.user, text: `${i}` })
    }
    await watcher!.does('room:join', { room })
    const read = log.read.bind(log)
    let release = () => {}
    const isReading = new Promise<void>((reached) => {
      log.read = async (name, page) => {
        const held = new Promise<void>((resolve) => {
          release = resolve
        })
        reached()
        await held
        return read(name, page)
      }
    })
    const joining = late!.does('room:join', { room, after: 0 })
    await isReading
    log.read = read
    await watcher!.hears('presence', (p) => p.room === room && p.joined.some(({ id }) => id === late!.user.id))
    await third!.does('room:join', { room })
    const { version } = await watcher!.hears(
      'presence',
      (p) => p.room === room && p.joined.some(({ id }) => id === third!.user.id),
    )
    release()
    const answer = await joining
    expect(answer.version).toBe(version)
    expect(answer.members.map(({ id }) => id).sort()).toEqual(
      [watcher!, late!, third!].map(({ user }) => user.id).sort(),
    )
    expect(late!.all('presence').filter((diff) => diff.version <= version)).toEqual([])
    for (const person of [watcher!, late!, third!]) person.goes()
  })

  test('a room of more than 200 sends `online` alone, and its members come in pages', async () => {
    const room = 'crowd'
    const watcher = await Person.comes(cluster.urls[0]!, 'Watcher')
    await watcher.does('room:join', { room })
    const crowd = await Promise.all(
      Array.from({ length: 230 }, async (_, i) => {
        const person = await Person.comes(cluster.urls[i % 3]!, `C${i}`)
        await person.does('room:join', { room })
        return person
      }),
    )
    const full = await watcher.hears('presence', (p) => p.room === room && p.online === 231)
    expect(full).toMatchObject({ joined: [], left: [], changed: [] })
    const ids: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await watcher.does('members:read', { room, after, limit: 100 })
      expect(page.online).toBe(231)
      ids.push(...page.members.map(({ id }) => id))
      if (!page.next) break
      after = page.next
    }
    expect(ids).toEqual([...crowd, watcher].map(({ user }) => user.id).sort())
    const events = watcher.all('presence').filter((p) => p.room === room).length
    expect(events).toBeLessThan(40)
    for (const person of [...crowd, watcher]) person.goes()
  }, 60_000)

  test('typing is seen across nodes, whole for each node, and at once when it ends', async () => {
    const room = 'typing'
    const [a, b, c] = (await Promise.all(cluster.urls.map((url, i) => Person.comes(url, `T${i}`)))) as [
      Person,
      Person,
      Person,
    ]
    for (const person of [a, b, c]) await person.does('room:join', { room })
    await a.does('typing:set', { room, typing: true })
    await b.does('typing:set', { room, typing: true })
    const fromA = await c.hears('typing', (t) => t.room === room && t.node === 'n1')
    expect(fromA).toEqual({ room, node: 'n1', users: [a.user], count: 1, forMs: expect.any(Number) })
    await c.hears('typing', (t) => t.room === room && t.node === 'n2' && t.users[0]?.id === b.user.id)
    await a.says(room, 'said')
    await c.hears('typing', (t) => t.room === room && t.node === 'n1' && t.count === 0)
    b.goes()
    await c.hears('typing', (t) => t.room === room && t.node === 'n2' && t.count === 0)
    for (const person of [a, c]) person.goes()
  })
})
