import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { startCluster, stores, type TestCluster } from '../test/cluster.ts'
import { DialectClient } from '../test/dialect-client.ts'
import { TestClient } from '../test/person.ts'

const CONNECTED = '{"type":"info","msg":"You are connected to a stranger!"}'
const LEFT = '{"type":"info","msg":"Stranger disconnected."}'
const chat = (msg: string) => JSON.stringify({ type: 'chat', msg })

describe.each(stores)('two nodes on the %s store', (store) => {
  let cluster: TestCluster
  let n1: string
  let n2: string
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, store })
    ;[n1, n2] = cluster.urls as [string, string]
  })
  // Clears the queue for the next test.
  afterEach(() => {
    DialectClient.disconnectAll()
    TestClient.disconnectAll()
  })
  afterAll(() => cluster.close())

  const connect = (url: string) => DialectClient.connect(`${url}/ws/strangers`)

  test('pairs clients of two nodes byte for byte, until one disconnects', async () => {
    const one = await connect(n1)
    one.send('sent before the match')
    const other = await connect(n2)
    await Promise.all([one.waitFor(CONNECTED), other.waitFor(CONNECTED)])
    one.send('hello <"there">')
    await other.waitFor(chat('hello <"there">'))
    other.send('hi')
    await one.waitFor(chat('hi'))
    other.send('bye')
    other.ws.close(1000)
    await one.waitFor(LEFT)
    expect(one.received).toEqual([CONNECTED, chat('hi'), chat('bye'), LEFT])
    expect(other.received).toEqual([CONNECTED, chat('hello <"there">')])

    // The remaining client is not queued again, and its messages are dropped.
    const third = await connect(n1)
    one.send('anybody?')
    const fourth = await connect(n1)
    await Promise.all([third.waitFor(CONNECTED), fourth.waitFor(CONNECTED)])
    fourth.send('hello')
    await third.waitFor(chat('hello'))
    expect(third.received).toEqual([CONNECTED, chat('hello')])
    expect(one.received).toHaveLength(4)
  })

  test('pairs clients in the order of arrival', async () => {
    const dialectClients: DialectClient[] = []
    for (let i = 0; i < 8; i++) {
      const client = await connect(i % 2 ? n2 : n1)
      dialectClients.push(client)
      // Every second client is matched immediately.
      if (i % 2) await client.waitFor(CONNECTED)
    }
    // The first client of a pair is notified through the store; messages before that are dropped.
    for (const client of dialectClients) await client.waitFor(CONNECTED)
    for (const [i, client] of dialectClients.entries()) client.send(`from ${i}`)
    for (const [i, client] of dialectClients.entries()) await client.waitFor(chat(`from ${i ^ 1}`))
    for (const { received } of dialectClients) expect(received).toHaveLength(2)
  })

  test('delivers messages sent directly after the match, in order, including long texts', async () => {
    const pairs = await Promise.all(Array.from({ length: 20 }, (_, i) => connect(i % 3 ? n1 : n2)))
    const long = (i: number, k: number) => `${i}:${k}:${'é'.repeat(5_000)}`
    await Promise.all(
      pairs.map(async (dialectClient, i) => {
        await dialectClient.waitFor(CONNECTED)
        for (let k = 0; k < 3; k++) dialectClient.send(long(i, k))
      }),
    )
    for (const client of pairs) {
      const [first, ...frames] = await client.waitForMessages(4)
      expect(first).toBe(CONNECTED)
      const from = JSON.parse(frames[0]!).msg.split(':')[0]
      expect(frames).toEqual([0, 1, 2].map((k) => chat(long(Number(from), k))))
    }
  })

  test('pairs a client with a user of the web page', async () => {
    const ada = await TestClient.connect(n1, 'Ada')
    await ada.emit('match:find', {})
    const client = await connect(n2)
    const { room, stranger } = await ada.waitFor('match:found')
    expect(stranger.name).toMatch(/^Guest /)
    await client.waitFor(CONNECTED)
    await ada.emit('room:join', { room })
    await ada.send(room, 'hello from the page')
    await client.waitFor(chat('hello from the page'))
    client.send('hello to the page')
    await ada.waitUntil('the answer', () => ada.entries(room).find(({ text }) => text === 'hello to the page'))
    const { members } = await ada.emit('members:read', { room })
    expect(members.map(({ id }) => id).sort()).toEqual([ada.user.id, stranger.id].sort())
    await ada.emit('match:leave', {})
    await client.waitFor(LEFT)
    expect(client.closed).toBeUndefined()
  })

  test('delays messages until the partner has joined the room, without loss', async () => {
    const ada = await TestClient.connect(n1, 'Ada')
    await ada.emit('match:find', {})
    const client = await connect(n2)
    const { room } = await ada.waitFor('match:found')
    await client.waitFor(CONNECTED)
    const accepted = async () => {
      const counter = await cluster.metrics.registry.getSingleMetric('hubbub_entries_accepted_total')!.get()
      return counter.values.reduce((sum, { value }) => sum + value, 0)
    }
    const before = await accepted()
    // The log of a match holds 100 entries.
    const texts = Array.from({ length: 150 }, (_, i) => `message ${i}`)
    client.send(...texts)
    while ((await accepted()) < before + 10) await ada.emit('ping', {})
    for (let i = 0; i < 50; i++) await ada.emit('ping', {})
    expect((await accepted()) - before).toBe(10)
    const { entries } = await ada.emit('room:join', { room })
    expect(entries.map(({ text }) => text)).toEqual(texts.slice(0, 10))
    await ada.waitUntil('the last one', () => ada.entries(room).find(({ text }) => text === 'message 149'))
    expect(ada.entries(room).map(({ text }) => text)).toEqual(texts.slice(10))
  })

  test('does not pair a client that disconnected while waiting', async () => {
    const ada = await TestClient.connect(n1, 'Ada')
    // Nodes report their connections once per second.
    const waitForConnections = async (connections: number) => {
      while ((await ada.emit('stats:get', {})).connections !== connections);
    }
    await waitForConnections(1)
    const terminated = await connect(n1)
    await waitForConnections(2)
    terminated.ws.terminate()
    await waitForConnections(1)
    const [one, other] = [await connect(n2), await connect(n1)]
    await Promise.all([one.waitFor(CONNECTED), other.waitFor(CONNECTED)])
    one.send('is it you?')
    await other.waitFor(chat('is it you?'))
  })

  test('delivers a burst from one side completely', async () => {
    const [one, other] = [await connect(n1), await connect(n2)]
    await Promise.all([one.waitFor(CONNECTED), other.waitFor(CONNECTED)])
    const texts = Array.from({ length: 300 }, (_, i) => `${i} ${'x'.repeat(2_000)}`)
    one.send(...texts)
    expect(await other.waitForMessages(301)).toEqual([CONNECTED, ...texts.map(chat)])
  })
})

test.each(stores)(
  'counts a match once when one client leaves before the other is notified: %s',
  async (store) => {
    const cluster = await startCluster({ nodes: 2, store })
    try {
      const [n1, n2] = cluster.urls as [string, string]
      const ada = await TestClient.connect(n1, 'Ada')
      for (let i = 0; i < 50; i++) {
        await DialectClient.connect(`${n1}/ws/strangers`)
        // On the other node: the waiting client is notified through the store, possibly after this one has left.
        const fleeting = await DialectClient.connect(`${n2}/ws/strangers`)
        if (i % 2) await delay(3)
        fleeting.ws.terminate()
      }
      DialectClient.disconnectAll()
      const totals = async () => (await ada.emit('stats:get', {})).totals!
      let now = await totals()
      for (; now.disconnects < 100; now = await totals()) await delay(50)
      expect(now.connections).toBe(101)
      expect(now.matches).toBeGreaterThan(0)
      expect(now.matches).toBeLessThanOrEqual(50)
    } finally {
      TestClient.disconnectAll()
      await cluster.close()
    }
  },
  60_000,
)
