import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { ChatClient, type ChatOptions } from './client.ts'
import { FaultyNetwork } from './test-doubles.ts'

let cluster: TestCluster
const open: { close(): unknown }[] = []

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
})
afterAll(() => cluster.close())
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function comes(options: ChatOptions): Promise<ChatClient> {
  const client = new ChatClient(options)
  open.push(client)
  const session = client.next('session')
  client.connect()
  await session
  return client
}

/** Two who have found each other, one of them behind a line that can be cut. */
async function couple() {
  const line = await FaultyNetwork.to(cluster.urls[0]!)
  open.push(line)
  const ada = await comes({ url: line.url, name: 'Ada' })
  const bob = await comes({ url: cluster.urls[1]!, name: 'Bob' })
  const found = Promise.all([ada.next('found'), bob.next('found')])
  const joined = Promise.all([ada, bob].map((client) => client.next('joined')))
  await ada.findStranger()
  await bob.findStranger()
  const [{ room, stranger }] = await found
  await joined
  expect(stranger).toEqual(bob.user)
  expect(ada.stranger).toEqual({ room, stranger: bob.user })
  return { ada, bob, room, line }
}

/** Cuts the line, and does not wait for the back-off. */
async function reconnects(client: ChatClient, line: FaultyNetwork, meanwhile = async () => {}): Promise<void> {
  const offline = client.next('state', ({ state }) => state === 'offline')
  line.cut()
  await offline
  await meanwhile()
  const live = client.next('state', ({ state }) => state === 'live')
  client.connect()
  await live
}

test('two find each other and talk; one leaves, the other is told, and both find each other again', async () => {
  const { ada, bob, room } = await couple()
  const heard = bob.next('entries')
  await ada.send(room, 'hello')
  expect((await heard).entries[0]).toMatchObject({ room, text: 'hello', by: ada.user })
  const ended = bob.next('ended')
  await ada.leaveStranger()
  expect(await ended).toEqual({ room })
  expect([ada.stranger, bob.stranger]).toEqual([undefined, undefined])
  await expect(bob.send(room, 'too late')).rejects.toMatchObject({ code: 'not_in_room' })
  const found = [ada.next('found'), bob.next('found')]
  await Promise.all([ada.findStranger(), bob.findStranger()])
  expect((await found[0])!.room).not.toBe(room)
  expect(await found[1]).toMatchObject({ stranger: ada.user })
})

test('a pair outlives a connection, and nothing that was said meanwhile is lost', async () => {
  const { ada, bob, room, line } = await couple()
  const heard = ada.next('entries')
  await reconnects(ada, line, async () => {
    await bob.send(room, 'are you there?')
  })
  expect((await heard).entries.map(({ text }) => text)).toEqual(['are you there?'])
  const answer = bob.next('entries', ({ entries }) => entries.some(({ text }) => text === 'yes'))
  await ada.send(room, 'yes')
  await answer
})

test('a pair that ended while one was away has ended when they are back, and nobody is looked for', async () => {
  const { ada, bob, room, line } = await couple()
  const ended = ada.next('ended')
  await reconnects(ada, line, () => bob.leaveStranger())
  expect(await ended).toEqual({ room })
  expect(ada.stranger).toBeUndefined()
  await bob.findStranger()
  await bob.ping()
  expect(bob.stranger).toBe('looking')
  await bob.leaveStranger()
})

test('the wish to find somebody outlives a connection, also one that was not there yet', async () => {
  const line = await FaultyNetwork.to(cluster.urls[0]!)
  open.push(line)
  const ada = new ChatClient({ url: line.url, name: 'Ada' })
  open.push(ada)
  await ada.findStranger()
  const live = ada.next('state', ({ state }) => state === 'live')
  ada.connect()
  await live
  await reconnects(ada, line)
  const found = ada.next('found')
  const bob = await comes({ url: cluster.urls[1]!, name: 'Bob' })
  await bob.findStranger()
  expect((await found).stranger).toEqual(bob.user)
})

test('a page that was reloaded asks, and goes on with the same stranger', async () => {
  const { ada, bob, room } = await couple()
  await bob.send(room, 'before')
  const { token } = ada
  ada.close()
  const back = await comes({ url: cluster.urls[1]!, token })
  const [found, entries] = [back.next('found'), back.next('entries')]
  await back.findStranger()
  expect(await found).toEqual({ room, stranger: bob.user })
  expect((await entries).entries.map(({ text }) => text)).toEqual(['before'])
})
