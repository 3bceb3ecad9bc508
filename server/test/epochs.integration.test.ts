import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ChatClient } from '../../client/sdk/client.ts'
import type { Entry } from '../../protocol/entry.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import type { OwnRedis } from './own-redis.ts'
import { TestClient } from './person.ts'

const room = 'life'
let cluster: TestCluster
let redis: OwnRedis
let ada: TestClient
let bob: TestClient
/** An SDK client and the entries that it has delivered from the current log. */
let cleo: ChatClient
let delivered: Entry[]

beforeEach(async () => {
  cluster = await startCluster({ nodes: 2 })
  redis = cluster.redis!
  ada = await TestClient.connect(cluster.urls[0]!, 'Ada')
  bob = await TestClient.connect(cluster.urls[1]!, 'Bob', { transports: ['polling'] })
  cleo = new ChatClient({ url: cluster.urls[1], name: 'Cleo', transports: ['websocket'] })
  delivered = []
  cleo.on('entries', ({ entries }) => delivered.push(...entries))
  cleo.on('reset', () => {
    delivered = []
  })
  cleo.connect()
  for (const testClient of [ada, bob]) await testClient.emit('room:join', { room })
  await cleo.join(room)
  for (let i = 1; i <= 5; i++) await ada.send(room, `old ${i}`)
  for (const person of [ada, bob]) await person.waitForSeq(room, 5)
})
afterEach(async () => {
  cleo.close()
  await cluster.close()
})

const texts = (entries: Entry[]) => entries.map(({ seq, text }) => `${seq} ${text}`)

/** Every client receives `room:stale`, rejoins, and gets the same new epoch. */
async function everyoneRejoins(epoch: string, after: number): Promise<string[]> {
  const epochs: string[] = []
  for (const person of [ada, bob]) {
    await person.waitFor('room:stale', (stale) => stale.room === room)
    const answer = await person.emit('room:join', { room, after, epoch })
    expect(answer).toMatchObject({ truncated: true, more: false })
    expect(answer.epoch).not.toBe(epoch)
    epochs.push(answer.epoch)
  }
  expect(new Set(epochs).size).toBe(1)
  return epochs
}

/** A message in the new log reaches every client, and old tokens still identify their users. */
async function lifeGoesOn(before: string[]): Promise<void> {
  const first = await bob.send(room, 'new')
  expect(first.seq).toBe(before.length + 1)
  for (const person of [ada, bob]) {
    await person.waitUntil('the new message', () => person.entries(room).find(({ text }) => text === 'new'))
    expect(person.entries(room).at(-1)).toEqual(first)
  }
  const complete = [...before, `${first.seq} new`]
  while (texts(delivered).join() !== complete.join()) await cleo.next('entries')
  const again = await TestClient.connect(cluster.urls[0]!, '', { token: ada.token })
  expect(again.user).toEqual(ada.user)
  const newcomer = await again.emit('room:join', { room })
  expect(texts(newcomer.entries)).toEqual(complete)
  // Presence is republished with the next renewal of each node's lease.
  const here = async () => (await again.emit('members:read', { room })).members.map(({ name }) => name).sort()
  while ((await here()).join() !== 'Ada,Bob,Cleo') await delay(50)
}

describe('every client receives the new log', () => {
  test('after Redis restarts empty', async () => {
    const { epoch } = await ada.emit('history:read', { room })
    await redis.kill()
    await redis.wipe()
    await redis.run()
    await everyoneRejoins(epoch, 5)
    await lifeGoesOn([])
  })

  test('after Redis restarts with an older state', async () => {
    const { epoch } = await ada.emit('history:read', { room })
    await redis.saveSnapshot()
    for (let i = 6; i <= 8; i++) await ada.send(room, `lost ${i}`)
    for (const person of [ada, bob]) await person.waitForSeq(room, 8)
    await redis.kill()
    await redis.restoreSnapshot()
    await redis.run()
    await everyoneRejoins(epoch, 8)
    await lifeGoesOn([1, 2, 3, 4, 5].map((i) => `${i} old ${i}`))
  })
})
