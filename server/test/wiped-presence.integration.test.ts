import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startCluster, type TestCluster } from './cluster.ts'
import { TestClient } from './person.ts'

const rooms = ['wiped-1', 'wiped-2']

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3 })
})
afterAll(() => cluster.close())

test('after FLUSHALL, members who stayed cause no leave or join event, and no ghost remains', async () => {
  const [one, two, three] = cluster.urls as [string, string, string]
  const watcher = await TestClient.connect(one, 'Watcher')
  const staying = [
    await TestClient.connect(one, 'Ada'),
    await TestClient.connect(two, 'Bob'),
    await TestClient.connect(three, 'Cleo'),
  ]
  for (const room of rooms) {
    await watcher.emit('room:join', { room })
    for (const testClient of staying) await testClient.emit('room:join', { room })
    await watcher.waitFor('presence', (event) => event.room === room && event.online === 4)
  }
  const late = await TestClient.connect(two, 'Late')
  const receivedBefore = watcher.events('presence').length
  await cluster.redis!.command('FLUSHALL')
  for (const room of rooms) await late.emit('room:join', { room })
  for (const room of rooms) {
    await watcher.waitFor(
      'presence',
      (event) => event.room === room && event.joined.some(({ id }) => id === late.user.id),
    )
  }
  // Departures are published again when all nodes have republished their presence: when this one arrives, others would have arrived.
  for (const room of rooms) await late.emit('room:leave', { room })
  for (const room of rooms) {
    await watcher.waitFor('presence', (event) => event.room === room && event.left.includes(late.user.id))
  }
  const stayed = new Set([watcher, ...staying].map(({ user }) => user.id))
  const events = watcher.events('presence').slice(receivedBefore)
  expect(events.flatMap(({ joined }) => joined).filter(({ id }) => stayed.has(id))).toEqual([])
  expect(events.flatMap(({ left }) => left).filter((id) => stayed.has(id))).toEqual([])
  for (const room of rooms) {
    const { members } = await watcher.emit('members:read', { room })
    expect(members.map(({ id }) => id).sort()).toEqual([...stayed].sort())
  }

  for (const person of staying) person.close()
  for (const room of rooms) {
    await watcher.waitFor('presence', (event) => event.room === room && event.online === 1 && event.left.length > 0)
    await watcher.emit('room:leave', { room })
    for (const { store } of cluster.backings) {
      expect(await store.roster.list(room, { limit: 10 })).toEqual({ members: [], online: 0 })
    }
  }
}, 60_000)
