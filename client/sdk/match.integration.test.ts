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

async function connect(options: ChatOptions): Promise<ChatClient> {
  const client = new ChatClient(options)
  open.push(client)
  const session = client.next('session')
  client.connect()
  await session
  return client
}

/** Two matched clients, one of them behind a network that can fail. */
async function matchedPair() {
  const network = await FaultyNetwork.to(cluster.urls[0]!)
  open.push(network)
  const ada = await connect({ url: network.url, name: 'Ada' })
  const bob = await connect({ url: cluster.urls[1]!, name: 'Bob' })
  const found = Promise.all([ada.next('found'), bob.next('found')])
  const joined = Promise.all([ada, bob].map((client) => client.next('joined')))
  await ada.findStranger()
  await bob.findStranger()
  const [{ room, stranger }] = await found
  await joined
  expect(stranger).toEqual(bob.user)
  expect(ada.stranger).toEqual({ room, stranger: bob.user })
  return { ada, bob, room, network }
}

/** Cuts the connection, runs `meanwhile` while offline, then reconnects without waiting for the backoff. */
async function reconnect(client: ChatClient, network: FaultyNetwork, meanwhile = async () => {}): Promise<void> {
  const offline = client.next('state', ({ state }) => state === 'offline')
  network.cut()
  await offline
  await meanwhile()
  const live = client.next('state', ({ state }) => state === 'live')
  client.connect()
  await live
}

test('two clients are matched and chat; when one leaves, both are notified and can be matched again', async () => {
  const { ada, bob, room } = await matchedPair()
  const received = bob.next('entries')
  await ada.send(room, 'hello')
  expect((await received).entries[0]).toMatchObject({ room, text: 'hello', by: ada.user })
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

test('a match survives a reconnect, without losing messages', async () => {
  const { ada, bob, room, network } = await matchedPair()
  const received = ada.next('entries')
  await reconnect(ada, network, async () => {
    await bob.send(room, 'are you there?')
  })
  expect((await received).entries.map(({ text }) => text)).toEqual(['are you there?'])
  const answer = bob.next('entries', ({ entries }) => entries.some(({ text }) => text === 'yes'))
  await ada.send(room, 'yes')
  await answer
})

test('a match that ended while a client was offline is reported as ended, without a new search', async () => {
  const { ada, bob, room, network } = await matchedPair()
  const ended = ada.next('ended')
  await reconnect(ada, network, () => bob.leaveStranger())
  expect(await ended).toEqual({ room })
  expect(ada.stranger).toBeUndefined()
  await bob.findStranger()
  await bob.ping()
  expect(bob.stranger).toBe('looking')
  await bob.leaveStranger()
})

test('a search survives a reconnect, also when it started while offline', async () => {
  const network = await FaultyNetwork.to(cluster.urls[0]!)
  open.push(network)
  const ada = new ChatClient({ url: network.url, name: 'Ada' })
  open.push(ada)
  await ada.findStranger()
  const live = ada.next('state', ({ state }) => state === 'live')
  ada.connect()
  await live
  await reconnect(ada, network)
  const found = ada.next('found')
  const bob = await connect({ url: cluster.urls[1]!, name: 'Bob' })
  await bob.findStranger()
  expect((await found).stranger).toEqual(bob.user)
})

test('after a reload, a search returns the same match', async () => {
  const { ada, bob, room } = await matchedPair()
  await bob.send(room, 'before')
  const { token } = ada
  ada.close()
  const back = await connect({ url: cluster.urls[1]!, token })
  const [found, entries] = [back.next('found'), back.next('entries')]
  await back.findStranger()
  expect(await found).toEqual({ room, stranger: bob.user })
  expect((await entries).entries.map(({ text }) => text)).toEqual(['before'])
})
