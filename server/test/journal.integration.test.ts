import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { ClusterStats } from '../../protocol/stats.ts'
import type { JournalLine } from '../domain/journal.ts'
import { type RunningCluster, startCluster as startProcesses } from '../local/cluster.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { DialectClient } from './dialect-client.ts'
import { TestClient } from './person.ts'

type Totals = NonNullable<ClusterStats['totals']>

const totalsBy = async (testClient: TestClient): Promise<Totals> => (await testClient.emit('stats:get', {})).totals!

/** Polls until the figures match: other nodes report theirs once per second. */
async function becomes(person: TestClient, fits: (totals: Totals) => boolean): Promise<Totals> {
  for (const end = Date.now() + 30_000; ; await delay(50)) {
    const totals = await totalsBy(person)
    if (fits(totals)) return totals
    if (Date.now() > end) throw new Error(`timed out; last totals: ${JSON.stringify(totals)}`)
  }
}

const linesOf = async (directory: string, node: string): Promise<JournalLine[]> =>
  (await readFile(join(directory, `${node}.jsonl`), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

let logs: string
beforeAll(async () => {
  logs = await mkdtemp(join(tmpdir(), 'hubbub-logs-'))
})
afterAll(() => rm(logs, { recursive: true, force: true }))

describe.each(stores)('two nodes on the %s store', (store) => {
  let cluster: TestCluster
  const directory = () => join(logs, store)
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, store, env: { LOGS_DIR: directory(), DEPARTURE_GRACE_MS: '100' } })
  })
  afterEach(() => {
    DialectClient.disconnectAll()
    TestClient.disconnectAll()
  })
  afterAll(() => cluster?.close())

  test('every connection and message is counted once, for every protocol and node', async () => {
    const [n1, n2] = cluster.urls as [string, string]
    const ada = await TestClient.connect(n1, 'Ada')
    const before = await totalsBy(ada)
    const bob = await TestClient.connect(n2, 'Bob', { transports: ['polling'], upgrade: false })
    const text = await DialectClient.connect(`${n2}/ws`)
    const strangers = [
      await DialectClient.connect(`${n1}/ws/strangers`),
      await DialectClient.connect(`${n2}/ws/strangers`),
    ] as const
    for (const stranger of strangers) await stranger.waitFor(/connected to a stranger/)
    for (const person of [ada, bob]) await person.emit('room:join', { room: 'lobby' })
    await ada.send('lobby', 'once', 'the-same')
    await ada.send('lobby', 'once', 'the-same')
    const { seq } = await bob.send('lobby', 'by polling')
    await bob.emit('message:edit', { room: 'lobby', seq, text: 'no message of its own' })
    text.send('ü'.repeat(6_000))
    await text.waitFor('ü'.repeat(6_000))
    strangers[0].send('hello, you')
    await strangers[1].waitFor(/hello, you/)
    const rest = await fetch(`${n1}/sendMessage`, {
      method: 'POST',
      body: new URLSearchParams({ message: 'by REST', senderId: 'eve', timestamp: new Date().toISOString() }),
    })
    expect(rest.status).toBe(201)
    text.ws.close(1000)
    bob.close()

    const more = { connections: 4, messages: 5, matches: 1, disconnects: 2, errors: 0 }
    const after = await becomes(ada, (totals) =>
      Object.entries(more).every(([what, by]) => totals[what as keyof Totals] - before[what as keyof Totals] === by),
    )
    expect(after.since).toBe(before.since)
    // The long text alone is 12,000 bytes in, and goes to Ada, Bob and its sender.
    expect(after.bytesIn - before.bytesIn).toBeGreaterThan(12_000)
    expect(after.bytesOut - before.bytesOut).toBeGreaterThan(2 * 12_000)
    expect(after.deliveries - before.deliveries).toBeGreaterThanOrEqual(2 * 3)
    const events = await DialectClient.connect(`${n2}/ws/events`)
    events.send(JSON.stringify({ type: 'custom', action: 'get_stats', client_id: 'x' }))
    const { total_messages } = JSON.parse(await events.waitFor(/"stats"/))
    expect(total_messages).toBe(after.messages)
  }, 60_000)

  test('each node writes its events, and closing writes the remaining ones', async () => {
    const [n1] = cluster.urls as [string]
    const dialectClient = await DialectClient.connect(`${n1}/ws/json`)
    dialectClient.send('{"content":"twelve bytes"}\n')
    await dialectClient.waitFor(/twelve bytes/)
    for (const node of cluster.nodes) await node.drain()
    await cluster.close()
    const [one, other] = [await linesOf(directory(), 'n1'), await linesOf(directory(), 'n2')]
    for (const [node, lines] of [['n1', one] as const, ['n2', other] as const]) {
      expect(lines[0]).toMatchObject({ event: 'Node Started', node, kind: 'start' })
      expect(new Set(lines.map((line) => line.node))).toEqual(new Set([node]))
      expect(lines.filter(({ kind }) => kind === 'drain')).toHaveLength(1)
      const count = (kind: string) => lines.filter((line) => line.kind === kind).length
      expect(count('disconnect')).toBe(count('connection'))
    }
    expect(one).toContainEqual(
      expect.objectContaining({ event: 'Message Relay', details: 'Message size: 12 bytes', way: 'json', bytes: 12 }),
    )
    expect(one).toContainEqual(
      expect.objectContaining({ event: 'Disconnected', way: 'json', reason: 'closed with 1012' }),
    )
    expect([...one, ...other].filter(({ kind }) => kind === 'match')).toHaveLength(1)
    const ways = new Set([...one, ...other].filter(({ kind }) => kind === 'message').map(({ way }) => way))
    expect(ways).toEqual(new Set(['websocket', 'polling', 'text', 'strangers', 'rest', 'json']))
    expect(JSON.stringify([one, other])).not.toMatch(/by REST|hello, you|by polling/)
  }, 60_000)
})

test('events during a Redis outage are counted after it', async () => {
  const cluster = await startCluster({ nodes: 2, env: { LOGS_DIR: join(logs, 'outage') } })
  try {
    const [n1, n2] = cluster.urls as [string, string]
    const ada = await TestClient.connect(n1, 'Ada')
    const leaving = await Promise.all(Array.from({ length: 20 }, (_, i) => TestClient.connect(n2, `P${i}`)))
    const before = await becomes(ada, ({ connections }) => connections === 21)
    await cluster.redis!.kill()
    for (const person of leaving) person.close()
    await expect(totalsBy(ada)).rejects.toMatchObject({ code: 'unavailable' })
    await cluster.redis!.run()
    const back = async () => (await ada.request('stats:get', {})).ok
    while (!(await back())) await delay(50)
    const after = await becomes(ada, ({ disconnects }) => disconnects === before.disconnects + 20)
    expect(after.connections).toBe(21)
  } finally {
    await cluster.close()
  }
}, 60_000)

test('kill -9 of every node and of Redis loses no reported total', async () => {
  let cluster: RunningCluster | undefined
  const dataDir = await mkdtemp(join(tmpdir(), 'hubbub-'))
  const env = { LOG_LEVEL: 'error', LOGS_DIR: 'none' }
  try {
    cluster = await startProcesses({ nodes: 2, host: '127.0.0.1', env, dataDir, restart: false })
    const [n1, n2] = cluster.nodes.map(({ port }) => `http://127.0.0.1:${port}`) as [string, string]
    const ada = await TestClient.connect(n1, 'Ada')
    const bob = await TestClient.connect(n2, 'Bob')
    for (const person of [ada, bob]) await person.emit('room:join', { room: 'lobby' })
    for (let i = 0; i < 10; i++) await bob.send('lobby', `${i}`)
    const before = await becomes(ada, ({ connections, messages }) => connections === 2 && messages === 10)
    for (const managedProcess of [...cluster.nodes, cluster.redis!]) managedProcess.kill('SIGKILL')
    TestClient.disconnectAll()
    await cluster.stop()

    cluster = await startProcesses({ nodes: 2, host: '127.0.0.1', env, dataDir })
    const eve = await TestClient.connect(cluster.url, 'Eve')
    const after = await becomes(eve, ({ connections }) => connections === 3)
    expect(after).toMatchObject({ since: before.since, messages: 10 })
  } finally {
    TestClient.disconnectAll()
    await cluster?.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}, 60_000)
