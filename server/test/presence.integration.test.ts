import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Payload } from '../../protocol/events.ts'
import { JOIN_PAGE_ENTRIES } from '../../protocol/limits.ts'
import { append } from '../stores/conformance/cluster.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { TestClient } from './person.ts'

describe.each(stores)('presence and typing over three nodes, on the %s store', (store) => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, store })
  })
  afterAll(() => cluster.close())

  test('a user with two tabs is online while any tab is, and offline right after the last one closes', async () => {
    const room = 'tabs'
    const [url1, url2, url3] = cluster.urls as [string, string, string]
    const ada = await TestClient.connect(url1, 'Ada')
    const adaToo = await TestClient.connect(url2, 'Ada', { token: ada.token })
    const bob = await TestClient.connect(url3, 'Bob', { transports: ['polling'] })
    const bobToo = await TestClient.connect(url3, 'Bob', { token: bob.token })
    for (const tab of [ada, adaToo, bob, bobToo]) await tab.emit('room:join', { room })
    const { members, online } = await bob.emit('members:read', { room })
    expect(members.map(({ id }) => id).sort()).toEqual([ada.user.id, bob.user.id].sort())
    expect(online).toBe(2)

    // A node announces departures in order: when the marker's arrives, Ada's would have arrived.
    const marker = await TestClient.connect(url1, 'Marker')
    await marker.emit('room:join', { room })
    ada.close()
    marker.close()
    await bob.waitFor('presence', (p) => p.room === room && p.left.includes(marker.user.id))
    const left = (p: Payload<'presence'>) => p.room === room && p.left.includes(ada.user.id)
    expect(bob.events('presence').some(left)).toBe(false)
    const wentAt = Date.now()
    adaToo.close()
    expect(await bob.waitFor('presence', left)).toMatchObject({ left: [ada.user.id], online: 1 })
    expect(Date.now() - wentAt).toBeLessThan(4_000)
    for (const tab of [bob, bobToo]) tab.close()
  })

  test('a page reload causes no offline event', async () => {
    const room = 'reload'
    const watcher = await TestClient.connect(cluster.urls[0]!, 'Watcher')
    await watcher.emit('room:join', { room })
    const first = await TestClient.connect(cluster.urls[1]!, 'Ray')
    await first.emit('room:join', { room })
    await watcher.waitFor('presence', (p) => p.room === room && p.joined.some(({ id }) => id === first.user.id))
    const marker = await TestClient.connect(cluster.urls[1]!, 'Marker')
    await marker.emit('room:join', { room })
    first.close()
    marker.close()
    const second = await TestClient.connect(cluster.urls[2]!, 'Ray', { token: first.token })
    await second.emit('room:join', { room })
    await watcher.waitFor('presence', (p) => p.room === room && p.left.includes(marker.user.id))
    expect(watcher.events('presence').some((p) => p.room === room && p.left.includes(first.user.id))).toBe(false)
    for (const testClient of [watcher, second]) testClient.close()
  })

  test('leaving a room is visible without delay, and versions are consecutive', async () => {
    const room = 'versions'
    const watcher = await TestClient.connect(cluster.urls[0]!, 'Watcher')
    const { version } = await watcher.emit('room:join', { room })
    for (const url of cluster.urls) {
      const visitor = await TestClient.connect(url, 'Visitor')
      await visitor.emit('room:join', { room })
      await watcher.waitFor('presence', (p) => p.room === room && p.joined.some(({ id }) => id === visitor.user.id))
      await visitor.emit('room:leave', { room })
      await watcher.waitFor('presence', (p) => p.room === room && p.left.includes(visitor.user.id))
      visitor.close()
    }
    const versions = watcher.events('presence').flatMap((p) => (p.room === room ? [p.version] : []))
    expect(versions).toEqual(versions.map((_, i) => version + 1 + i))
    watcher.close()
  })

  test('a diff published while room:join reads an older page is included in its answer', async () => {
    const room = 'slow-page'
    const [url] = cluster.urls as [string]
    const { log } = cluster.backings[0]!.store
    const [watcher, late, third] = await Promise.all(
      ['Watcher', 'Late', 'Third'].map((name) => TestClient.connect(url, name)),
    )
    for (let i = 0; i <= JOIN_PAGE_ENTRIES; i++) {
      await append(log, room, { kind: 'message', by: watcher!.user, text: `${i}` })
    }
    await watcher!.emit('room:join', { room })
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
    const joining = late!.emit('room:join', { room, after: 0 })
    await isReading
    log.read = read
    await watcher!.waitFor('presence', (p) => p.room === room && p.joined.some(({ id }) => id === late!.user.id))
    await third!.emit('room:join', { room })
    const { version } = await watcher!.waitFor(
      'presence',
      (p) => p.room === room && p.joined.some(({ id }) => id === third!.user.id),
    )
    release()
    const answer = await joining
    expect(answer.version).toBe(version)
    expect(answer.members.map(({ id }) => id).sort()).toEqual(
      [watcher!, late!, third!].map(({ user }) => user.id).sort(),
    )
    expect(late!.events('presence').filter((diff) => diff.version <= version)).toEqual([])
    for (const person of [watcher!, late!, third!]) person.close()
  })

  test('a room of more than 200 members sends only `online`, and members are read in pages', async () => {
    const room = 'crowd'
    const watcher = await TestClient.connect(cluster.urls[0]!, 'Watcher')
    await watcher.emit('room:join', { room })
    const crowd = await Promise.all(
      Array.from({ length: 230 }, async (_, i) => {
        const person = await TestClient.connect(cluster.urls[i % 3]!, `C${i}`)
        await person.emit('room:join', { room })
        return person
      }),
    )
    const full = await watcher.waitFor('presence', (p) => p.room === room && p.online === 231)
    expect(full).toMatchObject({ joined: [], left: [], changed: [] })
    const ids: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await watcher.emit('members:read', { room, after, limit: 100 })
      expect(page.online).toBe(231)
      ids.push(...page.members.map(({ id }) => id))
      if (!page.next) break
      after = page.next
    }
    expect(ids).toEqual([...crowd, watcher].map(({ user }) => user.id).sort())
    const events = watcher.events('presence').filter((p) => p.room === room).length
    expect(events).toBeLessThan(40)
    for (const person of [...crowd, watcher]) person.close()
  }, 60_000)

  test('typing is visible across nodes, complete per node, and cleared at once', async () => {
    const room = 'typing'
    const [a, b, c] = (await Promise.all(cluster.urls.map((url, i) => TestClient.connect(url, `T${i}`)))) as [
      TestClient,
      TestClient,
      TestClient,
    ]
    for (const person of [a, b, c]) await person.emit('room:join', { room })
    await a.emit('typing:set', { room, typing: true })
    await b.emit('typing:set', { room, typing: true })
    const fromA = await c.waitFor('typing', (t) => t.room === room && t.node === 'n1')
    expect(fromA).toEqual({ room, node: 'n1', users: [a.user], count: 1, forMs: expect.any(Number) })
    await c.waitFor('typing', (t) => t.room === room && t.node === 'n2' && t.users[0]?.id === b.user.id)
    await a.send(room, 'said')
    await c.waitFor('typing', (t) => t.room === room && t.node === 'n1' && t.count === 0)
    b.close()
    await c.waitFor('typing', (t) => t.room === room && t.node === 'n2' && t.count === 0)
    for (const person of [a, c]) person.close()
  })
})
