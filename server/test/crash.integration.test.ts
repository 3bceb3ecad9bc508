import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ChatClient } from '../../client/sdk/client.ts'
import type { ConnectionState } from '../../client/sdk/connection.ts'
import type { Entry } from '../../protocol/entry.ts'
import { type RunningCluster, startCluster } from '../local/cluster.ts'
import { httpReady } from '../local/http-ready.ts'
import type { ManagedProcess } from '../local/managed-process.ts'
import { UNLIMITED } from '../local/unlimited.ts'
import { TestClient } from './person.ts'

let cluster: RunningCluster
const clients = new Set<ChatClient>()

beforeAll(async () => {
  const env = {
    ...UNLIMITED,
    LOG_LEVEL: 'error',
    GUESTS_PER_SECOND: '1000',
    APPENDS_PER_SECOND: '1000',
    APPENDS_BURST: '1000',
  }
  cluster = await startCluster({ nodes: 3, host: '127.0.0.1', env })
})
afterAll(async () => {
  for (const client of clients) client.close()
  TestClient.disconnectAll()
  await cluster.stop()
})

/** A client without reconnection, connected directly to a node. */
async function fragile(node: ManagedProcess, name: string): Promise<TestClient> {
  const person = await TestClient.connect(`http://127.0.0.1:${node.port}`, name)
  person.socket.io.reconnection(false)
  return person
}

/** An SDK client through nginx, connected to the named node. */
async function sturdy(node: string, transport: 'websocket' | 'polling'): Promise<ChatClient> {
  for (;;) {
    const client = new ChatClient({ url: cluster.url, name: `On ${node}`, transports: [transport] })
    client.connect()
    await becomes(client, ({ state }) => state === 'live')
    if (client.state.node === node) {
      clients.add(client)
      return client
    }
    client.close()
  }
}

function becomes(client: ChatClient, fits: (connectionState: ConnectionState) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!fits(client.state)) return
      stop()
      resolve()
    }
    const stop = client.on('state', look)
    look()
  })
}

const readyAgain = (node: ManagedProcess) => httpReady(`http://127.0.0.1:${node.port}`, AbortSignal.timeout(20_000))

describe('a node fails without closing its connections', () => {
  test('killed: its users are offline for the others within 10 s, and reconnecting clients are live within 3 s', async () => {
    const [n1, n2] = cluster.nodes as [ManagedProcess, ManagedProcess, ManagedProcess]
    const watcher = await fragile(n2, 'Watcher')
    const lost = await fragile(n1, 'Lost')
    const ada = await sturdy('n1', 'websocket')
    const bob = await sturdy('n1', 'polling')
    for (const person of [watcher, lost]) await person.emit('room:join', { room: 'crash' })
    await Promise.all([ada.join('crash'), bob.join('crash')])
    await watcher.waitFor('presence', ({ online }) => online === 4)

    const at = Date.now()
    n1.kill('SIGKILL')
    const elsewhere = [ada, bob].map((client) =>
      becomes(client, ({ state, node }) => state === 'live' && node !== 'n1'),
    )
    await Promise.all(elsewhere)
    expect(Date.now() - at).toBeLessThan(3_000)
    await watcher.waitFor('presence', ({ left }) => left.includes(lost.user.id))
    expect(Date.now() - at).toBeLessThan(10_000)
    const { members } = await watcher.emit('members:read', { room: 'crash' })
    expect(members.map(({ id }) => id).sort()).toEqual([watcher.user.id, ada.user!.id, bob.user!.id].sort())
    await readyAgain(n1)
    watcher.close()
  })

  test('frozen: its users are offline within 10 s, it gets no new session, its clients move to other nodes, and no ghost remains', async () => {
    const [n1, n2] = cluster.nodes as [ManagedProcess, ManagedProcess, ManagedProcess]
    const room = 'freeze'
    const watcher = await fragile(n2, 'Watcher')
    const lost = await fragile(n1, 'Lost')
    const ada = await sturdy('n1', 'websocket')
    const bob = await sturdy('n1', 'polling')
    for (const person of [watcher, lost]) await person.emit('room:join', { room })
    await Promise.all([ada.join(room), bob.join(room)])
    await watcher.waitFor('presence', (p) => p.room === room && p.online === 4)

    const at = Date.now()
    n1.kill('SIGSTOP')
    const elsewhere = Promise.all(
      [ada, bob].map((client) => becomes(client, ({ state, node }) => state === 'live' && node !== 'n1')),
    ).then(() => Date.now() - at)
    await watcher.waitFor('presence', (p) => p.room === room && p.left.includes(lost.user.id))
    expect(Date.now() - at).toBeLessThan(10_000)
    // More than 3 s have passed: nginx no longer routes requests to it.
    const newcomers = Date.now()
    const sessions = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        TestClient.connect(cluster.url, `New ${i}`, { transports: [i % 2 ? 'websocket' : 'polling'] }),
      ),
    )
    expect(Date.now() - newcomers).toBeLessThan(5_000)
    expect(new Set(sessions.map(({ session }) => session.node))).toEqual(new Set(['n2', 'n3']))
    for (const person of sessions) person.close()
    expect(await elsewhere).toBeLessThan(20_000)

    lost.close()
    n1.kill('SIGCONT')
    await readyAgain(n1)
    const thawed = Date.now()
    const onN1 = await fragile(n1, 'After')
    await onN1.emit('room:join', { room })
    const ids = [watcher.user.id, ada.user!.id, bob.user!.id, onN1.user.id].sort().join(' ')
    const seenBy = async (testClient: TestClient) =>
      (await testClient.emit('members:read', { room })).members.map(({ id }) => id)
    // For a moment after it resumes it may still list users that left while it was frozen.
    for (const person of [onN1, watcher]) while ((await seenBy(person)).join(' ') !== ids) await delay(200)
    expect(Date.now() - thawed).toBeLessThan(10_000)
    for (const person of [watcher, onN1]) person.close()
  }, 60_000)
})

test('a rolling restart under load loses no message, and no client is disconnected for more than 2 s', async () => {
  const room = 'rolling'
  const people = await Promise.all(
    ['n1', 'n2', 'n3'].flatMap((node) => [sturdy(node, 'websocket'), sturdy(node, 'polling')]),
  )
  const received = people.map(() => [] as Entry[])
  let longestAwayMs = 0
  for (const [i, client] of people.entries()) {
    let awaySince: number | undefined
    client.on('entries', ({ entries }) => received[i]!.push(...entries))
    client.on('state', ({ state }) => {
      if (state === 'live' && awaySince !== undefined) longestAwayMs = Math.max(longestAwayMs, Date.now() - awaySince)
      if (state === 'live') awaySince = undefined
      else awaySince ??= Date.now()
    })
    await client.join(room)
  }
  let talking = true
  const acked: Entry[] = []
  const talks = people.map(async (client, i) => {
    for (let n = 0; talking; n++) acked.push(await client.send(room, `${i}: ${n}`))
  })
  for (const node of cluster.nodes) {
    const { starts } = node
    node.kill('SIGTERM')
    while (node.starts === starts) await delay(50)
    await readyAgain(node)
  }
  talking = false
  await Promise.all(talks)
  const last = Math.max(...acked.map(({ seq }) => seq))
  await Promise.all(
    people.map(async (client, i) => {
      while ((received[i]!.at(-1)?.seq ?? 0) < last) {
        await new Promise<void>((resolve) => {
          const stop = client.on('entries', () => {
            stop()
            resolve()
          })
        })
      }
    }),
  )
  expect(acked.length).toBeGreaterThan(100)
  expect(new Set(acked.map(({ seq }) => seq)).size).toBe(acked.length)
  const all = Array.from({ length: last }, (_, i) => i + 1)
  for (const entries of received) expect(entries.map(({ seq }) => seq)).toEqual(all)
  expect(longestAwayMs).toBeLessThan(2_000)
}, 90_000)
