import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Payload } from '../../protocol/events.ts'
import { type RunningCluster, startCluster } from '../local/cluster.ts'
import { httpReady } from '../local/http-ready.ts'
import type { ManagedProcess } from '../local/managed-process.ts'
import { UNLIMITED } from '../local/unlimited.ts'
import { OwnRedis } from './own-redis.ts'
import { TestClient } from './person.ts'

let redis: OwnRedis
let cluster: RunningCluster

beforeAll(async () => {
  redis = await OwnRedis.start()
  const env = { ...UNLIMITED, LOG_LEVEL: 'error', GUESTS_PER_SECOND: '1000' }
  cluster = await startCluster({ nodes: 3, host: '127.0.0.1', redisUrl: redis.url, env })
})
afterEach(() => TestClient.disconnectAll())
afterAll(async () => {
  await cluster.stop()
  await redis.stop()
})

/** A client without reconnection. */
async function comes(node: number, name: string): Promise<TestClient> {
  const person = await TestClient.connect(`http://127.0.0.1:${cluster.nodes[node]!.port}`, name)
  person.socket.io.reconnection(false)
  return person
}

const found = (testClient: TestClient, nth = 1): Promise<Payload<'match:found'>> =>
  testClient.waitUntil(`match:found number ${nth}`, () => testClient.events('match:found')[nth - 1])

async function couple(one: number, other: number): Promise<{ ada: TestClient; bob: TestClient; room: string }> {
  const [ada, bob] = [await comes(one, 'Ada'), await comes(other, 'Bob')]
  for (const person of [ada, bob]) await person.emit('match:find', {})
  const { room } = await found(ada)
  for (const person of [ada, bob]) await person.emit('room:join', { room })
  return { ada, bob, room }
}

const ended = (person: TestClient, room: string) => person.waitFor('match:ended', (end) => end.room === room)
const readyAgain = ({ port }: ManagedProcess) => httpReady(`http://127.0.0.1:${port}`, AbortSignal.timeout(30_000))

test('a node is killed: its pairs end within 10 s, and its waiting users are not matched', async () => {
  const [n1] = cluster.nodes as [ManagedProcess]
  const { bob, room } = await couple(0, 1)
  const waiting = await comes(0, 'Waiting')
  await waiting.emit('match:find', {})
  const at = Date.now()
  n1.kill('SIGKILL')
  await ended(bob, room)
  expect(Date.now() - at).toBeLessThan(10_000)
  const cleo = await comes(2, 'Cleo')
  for (const person of [bob, cleo]) await person.emit('match:find', {})
  expect((await found(cleo)).stranger).toEqual(bob.user)
  expect(await bob.requestFault('room:join', { room })).toMatchObject({ code: 'reserved_room' })
  await readyAgain(n1)
}, 60_000)

test('a node freezes: its pairs end for the others, and for its own users when it resumes', async () => {
  const [n1] = cluster.nodes as [ManagedProcess]
  const { ada, bob, room } = await couple(0, 1)
  const waiting = await comes(0, 'Waiting')
  await waiting.emit('match:find', {})
  const at = Date.now()
  n1.kill('SIGSTOP')
  await ended(bob, room)
  expect(Date.now() - at).toBeLessThan(10_000)
  const cleo = await comes(2, 'Cleo')
  for (const person of [bob, cleo]) await person.emit('match:find', {})
  const other = (await found(cleo)).room
  for (const person of [bob, cleo]) await person.emit('room:join', { room: other })
  n1.kill('SIGCONT')
  await ended(ada, room)
  expect(await ada.requestFault('history:read', { room })).toMatchObject({ code: 'not_in_room' })
  // A user who was waiting there is waiting again.
  const dan = await comes(1, 'Dan')
  await dan.emit('match:find', {})
  expect((await found(dan)).stranger).toEqual(waiting.user)
  await bob.send(other, 'still here')
  await cleo.waitForSeq(other, 1)
  await readyAgain(n1)
}, 60_000)

test('a node drains: a pair continues when its user reconnects to another node', async () => {
  const [n1] = cluster.nodes as [ManagedProcess]
  const { starts } = n1
  const marker = await couple(0, 1)
  const { ada, bob, room } = await couple(0, 1)
  n1.kill('SIGTERM')
  await new Promise<void>((gone) => ada.socket.once('disconnect', () => gone()))
  const back = await TestClient.connect(`http://127.0.0.1:${cluster.nodes[2]!.port}`, 'Ada', { token: ada.token })
  await back.emit('room:join', { room })
  await ended(marker.bob, marker.room)
  await back.send(room, 'on another node')
  await bob.waitForSeq(room, 1)
  for (const person of [back, bob]) expect(person.events('match:ended')).toEqual([])
  while (n1.starts === starts) await delay(50)
  await readyAgain(n1)
}, 60_000)

test('store outage: match requests are rejected, no pair ends, and everything works afterwards', async () => {
  const { ada, bob, room } = await couple(0, 1)
  const marker = await couple(2, 0)
  const waiting = await comes(1, 'Waiting')
  await waiting.emit('match:find', {})
  await redis.kill()
  const refused = Date.now()
  for (const command of ['match:find', 'match:leave']) {
    expect(await ada.requestFault(command, {})).toMatchObject({ code: 'unavailable', retryable: true })
  }
  expect(Date.now() - refused).toBeLessThan(5_000)
  await bob.waitFor('store', ({ away }) => away)
  // Longer than a lease.
  await delay(9_000)
  await redis.run()
  await Promise.all(cluster.nodes.map(readyAgain))
  await bob.waitFor('store', ({ away }) => !away)
  await ada.send(room, 'still here')
  await bob.waitForSeq(room, 1)
  // Nodes sweep again: a released user would have left by the time Ada's marker arrives.
  cluster.nodes[2]!.kill('SIGKILL')
  await ended(marker.bob, marker.room)
  for (const person of [ada, bob]) expect(person.events('match:ended')).toEqual([])
  const cleo = await comes(1, 'Cleo')
  await cleo.emit('match:find', {})
  expect((await found(waiting)).stranger).toEqual(cleo.user)
  expect(waiting.events('match:found')).toHaveLength(1)
  await ada.emit('match:leave', {})
  await ended(bob, room)
}, 90_000)
