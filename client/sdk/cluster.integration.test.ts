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

/** Somebody in a room, and everything of it that they were handed. */
async function comes(room: string, options: ChatOptions) {
  const client = new ChatClient(options)
  open.push(client)
  const heard: Entry[] = []
  client.on('entries', (batch) => heard.push(...batch.entries))
  client.on('reset', () => heard.splice(0))
  client.connect()
  await client.join(room)
  const hears = async (seq: number) => {
    while ((heard.at(-1)?.seq ?? 0) < seq) await client.next('entries')
  }
  return { client, heard, hears }
}

const numbers = (entries: Entry[]) => entries.map(({ seq }) => seq)
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

describe('a client of a real cluster', () => {
  test.each<[string, Transport[] | undefined]>([
    ['websocket', ['websocket']],
    ['polling', ['polling']],
    ['polling, then an upgrade', undefined],
  ])('says everything once and in order over a line that is cut again and again, by %s', async (name, transports) => {
    const room = `line-${name.replace(/[ ,]+/g, '-')}`
    const line = await FaultyNetwork.to(cluster.urls[0]!)
    open.push(line)
    const ada = await comes(room, { url: line.url, name: 'Ada', transports })
    const bob = await comes(room, { url: cluster.urls[1]!, name: 'Bob', transports })
    // Nobody needs to wait for the back-off here.
    const off = ada.client.on('state', ({ state }) => state === 'offline' && queueMicrotask(() => ada.client.connect()))
    open.push({ close: off })

    const first = await ada.client.send(room, '0')
    const acks = [first]
    for (const i of upTo(6)) {
      // Every other time a node takes something, and its answer is lost.
      if (i % 2) line.swallow()
      const said = [
        ada.client.send(room, `${i}`),
        ada.client.edit(room, first.seq, `0, said ${i} times`),
        ada.client.react(room, first.seq, '👍', i % 2 > 0),
        ada.client.send(room, `${i}, in answer`, { replyTo: first.seq }),
      ]
      if (i % 2) await bob.hears(acks.length + 1)
      line.cut(cluster.urls[i % 2])
      acks.push(...(await Promise.all(said)))
    }
    line.cut()
    acks.push(await ada.client.delete(room, first.seq))
    expect(ada.client.waiting).toBe(0)

    await Promise.all([ada.hears(26), bob.hears(26)])
    expect(numbers(bob.heard)).toEqual(upTo(26))
    expect(numbers(acks)).toEqual(upTo(26))
    expect(bob.heard.map(({ clientId }) => clientId)).toEqual(ada.heard.map(({ clientId }) => clientId))
    const texts = bob.heard.flatMap(({ kind, seq, text }) => (kind === 'message' && seq > 1 ? [text] : []))
    expect(texts).toEqual(upTo(6).flatMap((i) => [`${i}`, `${i}, in answer`]))
  })

  test('waits with what is said while the store is away, says so, and says it once', async () => {
    const ada = await comes('away', { url: cluster.urls[0]!, name: 'Ada' })
    const bob = await comes('away', { url: cluster.urls[1]!, name: 'Bob', transports: ['polling'] })
    const sessions: string[] = []
    ada.client.on('session', ({ node }) => sessions.push(node))
    cluster.redis!.freeze()
    const said = Promise.all(['one', 'two', 'three'].map((text) => ada.client.send('away', text)))
    await Promise.all([ada, bob].map(({ client }) => client.next('state', ({ storeAway }) => storeAway === true)))
    expect(ada.client.waiting).toBe(3)
    cluster.redis!.thaw()
    await ada.client.next('state', ({ storeAway }) => !storeAway)
    expect(numbers(await said)).toEqual([1, 2, 3])
    await bob.hears(3)
    expect(bob.heard.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
    expect(sessions).toEqual([])
  })

  test('finds in the log what it said so long ago that the cluster has forgotten it', async () => {
    const outbox = new MemoryOutbox()
    const line = await FaultyNetwork.to(cluster.urls[0]!)
    open.push(line)
    const ada = await comes('found', { url: line.url, name: 'Ada', outbox, transports: ['websocket'] })
    const bob = await comes('found', { url: cluster.urls[1]!, name: 'Bob' })
    await ada.client.send('found', 'before')
    // The answer may come before the entry, from which the client knows the head.
    await ada.hears(1)
    line.swallow()
    ada.client.send('found', 'heard?').catch(() => {})
    await bob.hears(2)
    ada.client.close()
    line.cut()

    const [letter] = outbox.all()
    expect(letter).toMatchObject({ by: ada.client.user?.id, tried: { head: 1 } })
    outbox.put({ ...letter!, tried: { ...letter!.tried!, at: letter!.tried!.at - DEDUPE_WINDOW_MS } })
    const returned = new ChatClient({ url: line.url, token: ada.client.token, outbox })
    open.push(returned)
    const settled = returned.next('settled')
    returned.connect()
    expect(await settled).toMatchObject({ restored: true, entry: { seq: 2, text: 'heard?' } })
    expect(outbox.all()).toEqual([])
    const last = await returned.send('found', 'after')
    expect(last.seq).toBe(3)
  })

  test('one connection too many of a user waits, and comes in when another one goes', async () => {
    const ada = await comes('full', { url: cluster.urls[0]!, name: 'Ada' })
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

  test('when a log begins anew: what meant an older message is refused, what stands alone is said', async () => {
    const ada = await comes('anew', { url: cluster.urls[0]!, name: 'Ada' })
    const { seq } = await ada.client.send('anew', 'helo')
    await cluster.redis!.kill()
    const edit = ada.client.edit('anew', seq, 'hello')
    const reaction = ada.client.react('anew', seq, '👍')
    const message = ada.client.send('anew', 'still here')
    const refused = Promise.all(
      [edit, reaction].map((change) => expect(change).rejects.toMatchObject({ code: 'stale_epoch', retryable: false })),
    )
    await cluster.redis!.wipe()
    await cluster.redis!.run()
    await refused
    expect((await message).text).toBe('still here')
    await ada.hears(1)
    expect(ada.heard.map(({ text }) => text)).toEqual(['still here'])
  })
})
