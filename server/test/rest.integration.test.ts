import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Edge } from '../../nginx/test-edge.ts'
import { guestOf } from '../http/rest/guest.ts'
import { startCluster as startProcesses } from '../local/cluster.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { TestClient } from './person.ts'
import { RestClient } from './rest-client.ts'

test('a status ends within 10 s if the node that received it is killed', async () => {
  const env = { LOG_LEVEL: 'error' }
  const cluster = await startProcesses({ nodes: 2, host: '127.0.0.1', env, restart: false })
  try {
    const [doomed, other] = cluster.nodes.map(({ port }) => `http://127.0.0.1:${port}`) as [string, string]
    const rest = await RestClient.at(doomed)
    const watcher = await TestClient.connect(other, 'Watcher')
    await watcher.emit('room:join', { room: 'lobby' })
    await rest.postJson('/updateStatus', { userId: 'ada', status: 'online' })
    const { id } = guestOf('ada')
    await watcher.waitFor('presence', ({ joined }) => joined.some((member) => member.id === id))
    const at = Date.now()
    cluster.nodes[0]!.kill('SIGKILL')
    await watcher.waitFor('presence', ({ left }) => left.includes(id))
    expect(Date.now() - at).toBeLessThan(10_000)
    expect(await rest.getStatus('ada', 'lobby', other)).toBe('offline')
  } finally {
    TestClient.disconnectAll()
    await cluster.stop()
  }
}, 90_000)

describe.each(stores)('REST on three nodes, on the %s store', (store) => {
  let cluster: TestCluster
  let rest: RestClient
  let onTwo: TestClient

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, store, env: { REST_PER_SECOND: '100000', REST_STATUS_SECONDS: '2' } })
    rest = await RestClient.at(...cluster.urls)
    onTwo = await TestClient.connect(cluster.urls[1]!, 'Tess')
    await onTwo.emit('room:join', { room: 'lobby' })
  })
  afterAll(() => cluster.close())

  test('a message sent on one node reaches a socket on another and can be read on the third', async () => {
    const fields = { message: 'by REST', senderId: 'ada', timestamp: '2026-01-31T12:00:00Z' }
    const { value } = await rest.postJson('/sendMessage', fields, {}, cluster.urls[0])
    const { entries } = await onTwo.waitFor('entries', (batch) => batch.entries.some(({ seq }) => seq === value.seq))
    expect(entries.find(({ seq }) => seq === value.seq)).toEqual({
      seq: value.seq,
      kind: 'message',
      room: 'lobby',
      at: new Date(value.timestamp).getTime(),
      by: guestOf('ada'),
      clientId: expect.stringMatching(/^rest-/),
      sentAt: Date.UTC(2026, 0, 31, 12),
      text: 'by REST',
    })
    const page = await rest.getMessages({ after: value.seq - 1 }, {}, cluster.urls[2])
    expect(page.value.messages).toEqual([value])
  })

  test('a message sent on a socket can be read by REST on every node', async () => {
    const first = await onTwo.send('lobby', 'first')
    while (Date.now() <= first.at) await onTwo.emit('ping', {})
    const second = await onTwo.send('lobby', 'second')
    for (const url of cluster.urls) {
      const { value } = await rest.getMessages({ since: first.at }, {}, url)
      expect(value.messages).toMatchObject([{ seq: second.seq, message: 'second', senderId: onTwo.user.id }])
    }
  })

  test('concurrent sends with one key on all nodes store one message', async () => {
    const fields = { message: 'once', senderId: 'ada', roomId: 'once', clientId: 'k1' }
    const all = await Promise.all(
      [...cluster.urls, ...cluster.urls].map((url) => rest.postJson('/sendMessage', fields, {}, url)),
    )
    expect(new Set(all.map(({ value }) => value.seq))).toEqual(new Set([1]))
  })

  test('a status is visible to sockets and every node, renewable on any node, and cleared everywhere at once', async () => {
    const set = (status: string, node: number) =>
      rest.postJson('/updateStatus', { userId: 'cleo', status }, {}, cluster.urls[node])
    const { id } = guestOf('cleo')
    await set('online', 0)
    await onTwo.waitFor('presence', ({ joined }) => joined.some((member) => member.id === id && member.name === 'cleo'))
    for (const url of cluster.urls) expect(await rest.getStatus('cleo', 'lobby', url)).toBe('online')
    await set('typing', 2)
    await onTwo.waitFor('typing', ({ users }) => users.some((user) => user.id === id))
    for (const url of cluster.urls) expect(await rest.getStatus('cleo', 'lobby', url)).toBe('typing')
    // A message sent on one node ends the typing status set on another.
    const receivedBefore = onTwo.received.length
    await rest.postJson('/sendMessage', { senderId: 'cleo', message: 'there' }, {}, cluster.urls[0])
    const quiet = () =>
      onTwo.received
        .slice(receivedBefore)
        .some(({ event, payload }) => event === 'typing' && (payload as { count: number }).count === 0)
    await onTwo.waitUntil('the end of typing', () => quiet() || undefined)
    await set('offline', 1)
    for (const url of cluster.urls) expect(await rest.getStatus('cleo', 'lobby', url)).toBe('offline')
    await onTwo.waitFor('presence', ({ left }) => left.includes(id))
  })

  test('a status expires unless it is renewed on any node', async () => {
    const { id } = guestOf('dan')
    const set = (node: number) =>
      rest.postJson('/updateStatus', { userId: 'dan', status: 'online' }, {}, cluster.urls[node])
    const began = Date.now()
    let renewed = began
    for (let i = 0; renewed - began < 4_000; i++) {
      renewed = Date.now()
      expect((await set(i % 3)).status).toBe(200)
      const status = await rest.getStatus('dan')
      // Unless the machine stalled for about the lifetime of the status.
      if (Date.now() - renewed < 1_500) expect(status).toBe('online')
      await delay(300)
    }
    await onTwo.waitFor('presence', ({ joined }) => joined.some((member) => member.id === id))
    await onTwo.waitFor('presence', ({ left }) => left.includes(id))
    expect(Date.now() - renewed).toBeGreaterThan(1_500)
    expect(await rest.getStatus('dan')).toBe('offline')
  })

  test('REST returns the status of socket users: online, typing, and offline after they disconnect', async () => {
    const visitor = await TestClient.connect(cluster.urls[2]!, 'Visitor')
    await visitor.emit('room:join', { room: 'visits' })
    await visitor.emit('status:set', { status: 'busy' })
    const asked = `/getStatus?userId=${visitor.user.id}&roomId=visits`
    expect((await rest.request(asked, {}, cluster.urls[0])).value).toEqual({
      userId: visitor.user.id,
      roomId: 'visits',
      status: 'online',
      presence: 'busy',
      name: 'Visitor',
    })
    await visitor.emit('typing:set', { room: 'visits', typing: true })
    expect(await rest.getStatus(visitor.user.id, 'visits', cluster.urls[0])).toBe('typing')
    // With their token they have both kinds of presence; offline by REST does not affect the connection.
    const status = { userId: visitor.user.id, roomId: 'visits' }
    const bearing = { Authorization: `Bearer ${visitor.token}` }
    await rest.postJson('/updateStatus', { ...status, status: 'online' }, bearing, cluster.urls[2])
    await rest.postJson('/updateStatus', { ...status, status: 'offline' }, bearing, cluster.urls[1])
    expect((await rest.request(asked)).value.presence).toBe('busy')
    await visitor.emit('room:leave', { room: 'visits' })
    expect(await rest.getStatus(visitor.user.id, 'visits', cluster.urls[1])).toBe('offline')
    visitor.close()
  })

  test('through nginx: 400 requests over the nodes arrive in one order, and nginx’s own errors have the same form', async () => {
    const edge = await Edge.start(cluster.urls.map((url) => url.slice('http://'.length)))
    try {
      const through = await RestClient.at(edge.url)
      const socket = await TestClient.connect(edge.url, 'Edda', { transports: ['polling'] })
      await socket.emit('room:join', { room: 'edge' })
      const texts = Array.from({ length: 200 }, (_, i) => `number ${i}`)
      const responses = await Promise.all(
        texts.map((message, i) =>
          through.postJsonOnceAvailable('/sendMessage', { message, senderId: `s${i % 10}`, roomId: 'edge' }),
        ),
      )
      expect(responses.map(({ status, value }) => [status, value.message])).toEqual(texts.map((text) => [201, text]))
      await socket.waitForSeq('edge', 200)
      const read = await Promise.all(
        Array.from({ length: 200 }, () => through.getMessages({ roomId: 'edge', limit: 200 })),
      )
      const receivedTexts = socket.entries('edge').map(({ text }) => text)
      for (const { value } of read)
        expect(value.messages.map(({ message }: { message: string }) => message)).toEqual(receivedTexts)
      // Each request had its own X-Request-Id, which is the key of a retry.
      expect(new Set(responses.map(({ value }) => value.clientId)).size).toBe(200)
      const own = await through.postJson(
        '/sendMessage',
        { message: 'x', senderId: 'a', clientId: 'mine' },
        { 'X-Request-Id': 'forged' },
      )
      expect(own.value.clientId).toBe('mine')
      const huge = await through.postJson('/sendMessage', { message: 'x'.repeat(2_000_000), senderId: 'a' })
      expect([huge.status, huge.fault?.code]).toEqual([413, 'too_large'])
      expect((await fetch(`${edge.url}/api/docs`)).status).toBe(200)
      socket.close()
    } finally {
      await edge.stop()
    }
  })
})
