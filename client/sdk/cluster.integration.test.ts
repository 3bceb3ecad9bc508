import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { DEDUPE_WINDOW_MS } from '../../protocol/limits.ts'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { ChatClient, type ChatOptions } from './client.ts'
import type { Transport } from './connection.ts'
import { FaultyNetwork, MemoryOutbox } from './test-doubles.ts'

let cluster: TestCluster
const open: { close(): unknown }[] = []

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
})
afterAll(() => cluster.close())
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

/** A client in a room, and the entries that it has received. */
async function joinRoom(room: string, options: ChatOptions) {
  const client = new ChatClient(options)
  open.push(client)
  const received: Entry[] = []
  client.on('entries', (batch) => received.push(...batch.entries))
  client.on('reset', () => received.splice(0))
  client.connect()
  await client.join(room)
  const waitForSeq = async (seq: number) => {
    while ((received.at(-1)?.seq ?? 0) < seq) await client.next('entries')
  }
  return { client, received, waitForSeq }
}

const numbers = (entries: Entry[]) => entries.map(({ seq }) => seq)
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

describe('a client of a cluster', () => {
  test.each<[string, Transport[] | undefined]>([
    ['websocket', ['websocket']],
    ['polling', ['polling']],
    ['polling, then an upgrade', undefined],
  ])('appends everything once and in order while the network fails repeatedly, over %s', async (name, transports) => {
    const room = `line-${name.replace(/[ ,]+/g, '-')}`
    const network = await FaultyNetwork.to(cluster.urls[0]!)
    open.push(network)
    const ada = await joinRoom(room, { url: network.url, name: 'Ada', transports })
    const bob = await joinRoom(room, { url: cluster.urls[1]!, name: 'Bob', transports })
    // Skip the backoff, to keep the test short.
    const off = ada.client.on('state', ({ state }) => state === 'offline' && queueMicrotask(() => ada.client.connect()))
    open.push({ close: off })

    const first = await ada.client.send(room, '0')
    const acks = [first]
    for (const i of upTo(6)) {
      // Every other time, the node receives the commands but its responses are lost.
      if (i % 2) network.dropResponses()
      const sends = [
        ada.client.send(room, `${i}`),
        ada.client.edit(room, first.seq, `0, edited ${i} times`),
        ada.client.react(room, first.seq, '👍', i % 2 > 0),
        ada.client.send(room, `${i}, in answer`, { replyTo: first.seq }),
      ]
      if (i % 2) await bob.waitForSeq(acks.length + 1)
      network.cut(cluster.urls[i % 2])
      acks.push(...(await Promise.all(sends)))
    }
    network.cut()
    acks.push(await ada.client.delete(room, first.seq))
    expect(ada.client.waiting).toBe(0)

    await Promise.all([ada.waitForSeq(26), bob.waitForSeq(26)])
    expect(numbers(bob.received)).toEqual(upTo(26))
    expect(numbers(acks)).toEqual(upTo(26))
    expect(bob.received.map(({ clientId }) => clientId)).toEqual(ada.received.map(({ clientId }) => clientId))
    const texts = bob.received.flatMap(({ kind, seq, text }) => (kind === 'message' && seq > 1 ? [text] : []))
    expect(texts).toEqual(upTo(6).flatMap((i) => [`${i}`, `${i}, in answer`]))
  })

  test('holds messages back while the store is away, reports it, and sends them once', async () => {
    const ada = await joinRoom('away', { url: cluster.urls[0]!, name: 'Ada' })
    const bob = await joinRoom('away', { url: cluster.urls[1]!, name: 'Bob', transports: ['polling'] })
    const sessions: string[] = []
    ada.client.on('session', ({ node }) => sessions.push(node))
    cluster.redis!.freeze()
    const sending = Promise.all(['one', 'two', 'three'].map((text) => ada.client.send('away', text)))
    await Promise.all([ada, bob].map(({ client }) => client.next('state', ({ storeAway }) => storeAway === true)))
    expect(ada.client.waiting).toBe(3)
    cluster.redis!.thaw()
    await ada.client.next('state', ({ storeAway }) => !storeAway)
    expect(numbers(await sending)).toEqual([1, 2, 3])
    await bob.waitForSeq(3)
    expect(bob.received.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
    expect(sessions).toEqual([])
  })

  test('finds an appended message in the log after the dedupe window', async () => {
    const outbox = new MemoryOutbox()
    const network = await FaultyNetwork.to(cluster.urls[0]!)
    open.push(network)
    const ada = await joinRoom('found', { url: network.url, name: 'Ada', outbox, transports: ['websocket'] })
    const bob = await joinRoom('found', { url: cluster.urls[1]!, name: 'Bob' })
    await ada.client.send('found', 'before')
    // The client learns the head from the entry, which may arrive after the acknowledgement.
    await ada.waitForSeq(1)
    network.dropResponses()
    ada.client.send('found', 'received?').catch(() => {})
    await bob.waitForSeq(2)
    ada.client.close()
    network.cut()

    const [pending] = outbox.all()
    expect(pending).toMatchObject({ by: ada.client.user?.id, tried: { head: 1 } })
    outbox.put({ ...pending!, tried: { ...pending!.tried!, at: pending!.tried!.at - DEDUPE_WINDOW_MS } })
    const returned = new ChatClient({ url: network.url, token: ada.client.token, outbox })
    open.push(returned)
    const settled = returned.next('settled')
    returned.connect()
    expect(await settled).toMatchObject({ restored: true, entry: { seq: 2, text: 'received?' } })
    expect(outbox.all()).toEqual([])
    const last = await returned.send('found', 'after')
    expect(last.seq).toBe(3)
  })

  test('a connection above the limit per user connects as soon as another one closes', async () => {
    const ada = await joinRoom('full', { url: cluster.urls[0]!, name: 'Ada' })
    const more = upTo(10).map((i) => new ChatClient({ url: cluster.urls[i % 2]!, token: ada.client.token }))
    open.push(...more)
    const last = more.pop()!
    await Promise.all(
      more.map((client) => {
        client.connect()
        return client.next('session')
      }),
    )
    const states = new Set<string>()
    last.on('state', ({ state }) => states.add(state))
    last.connect()
    const sent = last.send('full', 'hello')
    const joining = last.join('full')
    await last.next('state', ({ state }) => state === 'offline')
    await last.next('state', ({ state }) => state === 'offline')
    more[0]!.close()
    await joining
    expect((await sent).text).toBe('hello')
    expect([...states]).toEqual(['connecting', 'offline', 'syncing', 'live'])
  })

  test('after a log reset, rejects changes to older messages and sends new messages', async () => {
    const ada = await joinRoom('reset', { url: cluster.urls[0]!, name: 'Ada' })
    const { seq } = await ada.client.send('reset', 'helo')
    await cluster.redis!.kill()
    const edit = ada.client.edit('reset', seq, 'hello')
    const reaction = ada.client.react('reset', seq, '👍')
    const message = ada.client.send('reset', 'still here')
    const refused = Promise.all(
      [edit, reaction].map((change) => expect(change).rejects.toMatchObject({ code: 'stale_epoch', retryable: false })),
    )
    await cluster.redis!.wipe()
    await cluster.redis!.run()
    await refused
    expect((await message).text).toBe('still here')
    await ada.waitForSeq(1)
    expect(ada.received.map(({ text }) => text)).toEqual(['still here'])
  })
})
