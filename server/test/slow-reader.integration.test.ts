import { execFileSync } from 'node:child_process'
import type { Socket as TcpSocket } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type RunningCluster, startCluster } from '../local/cluster.ts'
import { UNLIMITED } from '../local/unlimited.ts'
import { TestClient } from './person.ts'

const READERS = 200
/** Each connection buffers at most 2 MiB (docs/guarantees.md), but they share the same frames in memory. */
const BOUND_BYTES = 100 * 1024 * 1024

let cluster: RunningCluster
let url: string
beforeAll(async () => {
  const rates = ['GUESTS_PER_SECOND', 'APPENDS_PER_SECOND', 'APPENDS_BURST', 'COMMANDS_PER_SECOND', 'COMMANDS_BURST']
  const env = { ...UNLIMITED, LOG_LEVEL: 'error', ...Object.fromEntries(rates.map((rate) => [rate, '100000'])) }
  cluster = await startCluster({ nodes: 1, host: '127.0.0.1', env })
  url = `http://127.0.0.1:${cluster.nodes[0]!.port}`
})
afterAll(async () => {
  TestClient.disconnectAll()
  await cluster.stop()
})

type RawWebSocket = { _socket: TcpSocket; send(frame: string): void }
const webSocket = ({ socket }: TestClient) => (socket.io.engine.transport as unknown as { ws: RawWebSocket }).ws

/** The TCP connection of a client; pausing it simulates a program that hangs. */
const tcp = (testClient: TestClient) => webSocket(testClient)._socket

const residentBytes = () =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', `${cluster.nodes[0]!.pid}`], { encoding: 'utf8' })) * 1_024

async function endedStreams(): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^hubbub_stale_streams_total\{.*\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

test('200 clients that stop reading use bounded memory, are told to rejoin, and do not affect others', async () => {
  const room = 'slow'
  const [speaker, reader] = [await TestClient.connect(url, 'Speaker'), await TestClient.connect(url, 'Reader')]
  const stalled = await Promise.all(Array.from({ length: READERS }, (_, i) => TestClient.connect(url, `Stalled ${i}`)))
  for (const person of [speaker, reader, ...stalled]) await person.emit('room:join', { room })
  for (const person of stalled) tcp(person).pause()

  const before = residentBytes()
  let [last, most] = [0, 0]
  // The kernel's socket buffers of some megabytes per connection fill up first.
  const text = '😀'.repeat(4_000)
  while ((await endedStreams()) < READERS) {
    const entries = await Promise.all(Array.from({ length: 20 }, () => speaker.send(room, text)))
    last = Math.max(...entries.map(({ seq }) => seq))
    most = Math.max(most, residentBytes() - before)
    expect(last).toBeLessThan(3_000)
  }
  expect(most).toBeLessThan(BOUND_BYTES)
  await reader.waitForSeq(room, last)
  expect(reader.events('room:stale')).toEqual([])

  // Each client has megabytes to read; a sample suffices.
  for (const person of stalled.slice(5)) {
    const connection = tcp(person)
    person.close()
    connection.destroy()
  }
  for (const person of stalled.slice(0, 5)) {
    tcp(person).resume()
    await person.waitFor('room:stale')
    const seqs = person.entries(room).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, i) => i + 1))
  }
  const [one] = stalled as [TestClient]
  const after = one.entries(room).length
  const back = await one.emit('room:join', { room, after })
  expect(back).toMatchObject({ truncated: false, entries: [{ seq: after + 1 }, ...back.entries.slice(1)] })
}, 60_000)

test('a client that does not read the answers to its own commands is closed', async () => {
  const speaker = await TestClient.connect(url, 'Speaker')
  await speaker.emit('room:join', { room: 'long' })
  await Promise.all(Array.from({ length: 200 }, () => speaker.send('long', '😀'.repeat(4_000))))
  const greedy = await TestClient.connect(url, 'Greedy')
  greedy.socket.io.reconnection(false)
  await greedy.emit('room:join', { room: 'long' })
  const { ws, connection } = { ws: webSocket(greedy), connection: tcp(greedy) }
  connection.pause()
  // The client requests 50 MB of answers; the commands of others continue meanwhile.
  for (let i = 0; i < 400; i++) ws.send(`42${i}["history:read",{"room":"long","limit":200}]`)
  // The client answers pings although it does not read, so the node does not close it for a ping timeout.
  const pongs = setInterval(() => ws.send('3'), 1_000)
  await Promise.all(Array.from({ length: 20 }, () => speaker.send('long', 'still here')))
  await speaker.waitFor('presence', ({ left }) => left.includes(greedy.user.id))
  clearInterval(pongs)
  connection.destroy()
})
