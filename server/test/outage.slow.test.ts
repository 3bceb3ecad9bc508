import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type RunningCluster, startCluster } from '../local/cluster.ts'
import { UNLIMITED } from '../local/unlimited.ts'
import { OwnRedis } from './own-redis.ts'
import { newClientId, TestClient } from './person.ts'

const AWAY_MS = 90_000

/** Real processes, so that a crash is visible. */
describe('Redis outage', () => {
  let redis: OwnRedis
  let cluster: RunningCluster
  let ada: TestClient
  let bob: TestClient
  let cleo: TestClient

  beforeAll(async () => {
    redis = await OwnRedis.start()
    const env = { ...UNLIMITED, LOG_LEVEL: 'error', GUESTS_PER_SECOND: '1000' }
    cluster = await startCluster({ nodes: 2, host: '127.0.0.1', redisUrl: redis.url, restart: false, env })
    const direct = cluster.nodes.map(({ port }) => `http://127.0.0.1:${port}`)
    ada = await TestClient.connect(direct[0]!, 'Ada')
    bob = await TestClient.connect(direct[1]!, 'Bob', { transports: ['polling'] })
    cleo = await TestClient.connect(direct[1]!, 'Cleo')
    for (const testClient of [ada, bob, cleo]) await testClient.emit('room:join', { room: 'storm' })
    await bob.waitFor('presence', ({ online }) => online === 3)
  })
  afterAll(async () => {
    TestClient.disconnectAll()
    await cluster.stop()
    await redis.stop()
  })

  const ready = async () => Promise.all(cluster.nodes.map(({ port }) => fetch(`http://127.0.0.1:${port}/readyz`)))
  const becomes = async (status: number) => {
    while (!(await ready()).every((answer) => answer.status === status)) await delay(50)
  }

  test('frozen for longer than ephemeral events live: no stale event arrives afterwards', async () => {
    const before = bob.events('typing').length
    redis.freeze()
    const typing = setInterval(() => ada.socket.emit('typing:set', { room: 'storm', typing: true }, () => {}), 200)
    const refused = Date.now()
    expect(await ada.requestFault('message:send', { room: 'storm', text: 'lost?', clientId: 'frozen' })).toMatchObject({
      code: 'unavailable',
      retryable: true,
    })
    expect(Date.now() - refused).toBeLessThan(2_000)
    expect(await cleo.requestFault('room:join', { room: 'storm', after: 0 })).toMatchObject({ code: 'unavailable' })
    await becomes(503)
    await bob.waitFor('store', ({ away }) => away)
    await delay(4_000)
    clearInterval(typing)
    await ada.emit('typing:set', { room: 'storm', typing: false })
    redis.thaw()
    await becomes(200)
    await bob.waitFor('store', ({ away }) => !away)
    const sent = await ada.send('storm', 'lost?', 'frozen')
    // A client whose rejoin failed is still in the room and may send before it retries.
    await cleo.send('storm', 'still here')
    await bob.waitForSeq('storm', sent.seq)
    // Events from before the thaw would have arrived before this message on the same connections.
    const late = bob.events('typing').slice(before)
    expect(late.filter(({ node, count }) => node === 'n1' && count > 0)).toEqual([])
  })

  test('down for 90 s while clients join new rooms: every node survives and recovers', async () => {
    const pids = cluster.nodes.map(({ pid }) => pid)
    await redis.kill()
    await becomes(503)
    const end = Date.now() + AWAY_MS
    for (let i = 0; Date.now() < end; i++) {
      const person = i % 2 ? ada : bob
      expect(await person.requestFault('room:join', { room: `new-${i}` })).toMatchObject({ code: 'unavailable' })
      person.socket.emit('typing:set', { room: 'storm', typing: true }, () => {})
      const refused = await fetch(`${cluster.url}/socket.io/?EIO=4&transport=polling`)
      expect(refused.status).toBe(503)
      expect(refused.headers.get('retry-after')).not.toBeNull()
      await refused.body?.cancel()
      await delay(100)
    }
    await redis.run()
    await becomes(200)
    expect(cluster.nodes.map(({ pid }) => pid)).toEqual(pids)
    for (const person of [ada, bob]) expect(person.events('session')).toHaveLength(1)

    const head = (await ada.send('storm', 'back', newClientId())).seq
    await bob.waitForSeq('storm', head)
    const seqs = bob.entries('storm').map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, i) => i + 1))
    for (const person of [ada, bob]) await person.emit('room:join', { room: 'new-after' })
    await ada.send('new-after', 'hello')
    await bob.waitForSeq('new-after', 1)
    const { online } = await bob.emit('members:read', { room: 'storm' })
    expect(online).toBe(3)
  }, 180_000)
})
