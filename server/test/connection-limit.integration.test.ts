import { once } from 'node:events'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { freePort } from '../local/free-port.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import type { OwnRedis } from './own-redis.ts'
import { TestClient } from './person.ts'

jest.setTimeout(60_000)

/** The default of CONNECTIONS_PER_USER. */
const MOST = 10
let cluster: TestCluster
let redis: OwnRedis
const sockets = new Set<ReturnType<typeof TestClient.socket>>()
/** Called with each connection count of a user that a node reports. */
let stated: (node: string, open: number) => void = () => {}

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
  redis = cluster.redis!
  for (const [i, { store }] of cluster.backings.entries()) {
    const count = store.nodes.countConnections.bind(store.nodes)
    store.nodes.countConnections = (user, asked) => {
      stated(cluster.urls[i]!, asked.open)
      return count(user, asked)
    }
  }
})
afterAll(async () => {
  for (const socket of sockets) socket.close()
  await cluster.close()
})

function connect(url: string, auth: object) {
  const socket = TestClient.socket(url, auth)
  sockets.add(socket)
  return socket
}

/** Opens ten connections over both nodes; stock clients retry until they are admitted. */
function openTen(token: string) {
  return Promise.all(
    Array.from({ length: MOST }, async (_, i) => {
      const socket = connect(cluster.urls[i % 2]!, { token })
      await once(socket as never, 'session')
      return socket
    }),
  )
}

async function expectFull(token: string) {
  for (const url of cluster.urls) {
    // Without `retries` the connection is closed without a reason.
    const socket = connect(url, { token, retries: true })
    const [error] = await once(socket as never, 'connect_error')
    expect(error.data).toMatchObject({ code: 'too_many_connections' })
    socket.close()
  }
}

let restated: Promise<unknown>
const outages: Record<string, [begin: () => Promise<void>, heal: () => Promise<unknown>]> = {
  full: [
    () => redis.command('CONFIG', 'SET', 'maxmemory', '1mb'),
    () => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
  ],
  paused: [() => redis.command('CLIENT', 'PAUSE', '5000', 'ALL'), async () => {}],
  'read-only': [
    async () => redis.command('REPLICAOF', '127.0.0.1', `${await freePort()}`),
    () => redis.command('REPLICAOF', 'NO', 'ONE'),
  ],
  killed: [() => redis.kill(), () => redis.run()],
  wiped: [() => redis.command('FLUSHALL'), () => restated],
}

test.each(Object.keys(outages))(
  'ten connections that close while Redis is %s can be opened again when it has healed',
  async (name) => {
    const [begin, heal] = outages[name]!
    const ada = await TestClient.connect(cluster.urls[0]!, 'Ada')
    const { token } = ada
    ada.close()
    const first = await openTen(token)
    await expectFull(token)
    // After the wipe: until both nodes have new leases.
    restated = Promise.all(
      cluster.backings.map(({ store }) => new Promise<void>((resolve) => store.nodes.onStateLost(resolve))),
    )
    await begin()
    const empty = new Set<string>()
    const bothStated = new Promise<void>((resolve) => {
      stated = (node, open) => {
        if (open === 0 && empty.add(node).size === cluster.urls.length) resolve()
      }
    })
    for (const socket of first) socket.close()
    await bothStated
    await heal()
    const again = await openTen(token)
    await expectFull(token)
    for (const socket of again) socket.close()
  },
)
