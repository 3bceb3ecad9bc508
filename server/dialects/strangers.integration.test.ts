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
  // No test leaves anybody in line for the next one.
  afterEach(() => {
    DialectClient.disconnectAll()
    TestClient.disconnectAll()
  })
  afterAll(() => cluster.close())

  const comes = (url: string) => DialectClient.connect(`${url}/ws/strangers`)

  test('a pair across nodes, byte for byte, until one goes', async () => {
    const one = await comes(n1)
    one.send('nobody hears this')
    const other = await comes(n2)
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

    // The one who is left is not queued again, and what they say is dropped.
    const third = await comes(n1)
    one.send('anybody?')
    const fourth = await comes(n1)
    await Promise.all([third.waitFor(CONNECTED), fourth.waitFor(CONNECTED)])
    fourth.send('hello')
    await third.waitFor(chat('hello'))
    expect(third.received).toEqual([CONNECTED, chat('hello')])
    expect(one.received).toHaveLength(4)
  })

  test('first come, first served: strict pairs', async () => {
    const dialectClients: DialectClient[] = []
    for (let i = 0; i < 8; i++) {
      const client = await comes(i % 2 ? n2 : n1)
      dialectClients.push(client)
      // Each second one finds somebody waiting.
      if (i % 2) await client.waitFor(CONNECTED)
    }
    // The first of a pair is told through the store, and what they say before that is dropped.
    for (const client of dialectClients) await client.waitFor(CONNECTED)
    for (const [i, client] of dialectClients.entries()) client.send(`from ${i}`)
    for (const [i, client] of dialectClients.entries()) await client.waitFor(chat(`from ${i ^ 1}`))
    for (const { received } of dialectClients) expect(received).toHaveLength(2)
  })

  test('what is said in the very moment of meeting is heard, in order, and long texts are whole', async () => {
    const pairs = await Promise.all(Array.from({ length: 20 }, (_, i) => comes(i % 3 ? n1 : n2)))
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

  test('a stranger may be on the page, where they are seen as a person in a room', async () => {
    const ada = await TestClient.connect(n1, 'Ada')
    await ada.emit('match:find', {})
    const client = await comes(n2)
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

  test('who talks before their stranger has come in waits for them, and nothing is lost', async () => {
    const ada = await TestClient.connect(n1, 'Ada')
    await ada.emit('match:find', {})
    const client = await comes(n2)
    const { room } = await ada.waitFor('match:found')
    await client.waitFor(CONNECTED)
    const accepted = async () => {
      const counter = await cluster.metrics.registry.getSingleMetric('hubbub_entries_accepted_total')!.get()
      return counter.values.reduce((sum, { value }) => sum + value, 0)
    }
    const before = await accepted()
    // A pair's log holds 100.
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

  test('one who vanished while waiting is nobody’s stranger', async () => {
    const ada = await TestClient.connect(n1, 'Ada')
    // A node says anew what it has once a second.
    const thereAre = async (connections: number) => {
      while ((await ada.emit('stats:get', {})).connections !== connections);
    }
    await thereAre(1)
    const gone = await comes(n1)
    await thereAre(2)
    gone.ws.terminate()
    await thereAre(1)
    const [one, other] = [await comes(n2), await comes(n1)]
    await Promise.all([one.waitFor(CONNECTED), other.waitFor(CONNECTED)])
    one.send('is it you?')
    await other.waitFor(chat('is it you?'))
  })

  test('a burst from one side arrives whole: sent is received', async () => {
    const [one, other] = [await comes(n1), await comes(n2)]
    await Promise.all([one.waitFor(CONNECTED), other.waitFor(CONNECTED)])
    const texts = Array.from({ length: 300 }, (_, i) => `${i} ${'x'.repeat(2_000)}`)
    one.send(...texts)
    expect(await other.waitForMessages(301)).toEqual([CONNECTED, ...texts.map(chat)])
  })
})

test.each(stores)(
  'a match counts once, also when one of the two leaves before the other hears of it: %s',
  async (store) => {
    const cluster = await startCluster({ nodes: 2, store })
    try {
      const [n1, n2] = cluster.urls as [string, string]
      const ada = await TestClient.connect(n1, 'Ada')
      for (let i = 0; i < 50; i++) {
        await DialectClient.connect(`${n1}/ws/strangers`)
        // On the other node: who waits is told through the store, and this connection may have ended by then.
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
