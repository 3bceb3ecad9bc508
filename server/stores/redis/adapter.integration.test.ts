import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import { BUS_TTL_MS } from '../../../protocol/limits.ts'
import { FaultyRedisProxy } from '../../test/faulty-redis-proxy.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { suiteSettings, uniqueName, until } from '../conformance/cluster.ts'
import { redisAdapter } from './adapter.ts'
import { openRedis } from './store.ts'

/** A node with only Socket.IO: a client joins the rooms named in its handshake. */
async function node(url: string) {
  const store = openRedis(url, { ...suiteSettings(uniqueName('n')), prefix: 'bus-test' })
  await store.open()
  let wasted = 0
  const bus = redisAdapter(url, { prefix: 'bus-test', store, onWasted: () => wasted++ })
  const http = createServer()
  const server = new Server(http, { adapter: bus.adapter })
  server.on('connection', (socket) => socket.join(socket.handshake.auth.rooms))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  const port = address && typeof address === 'object' ? address.port : 0
  const clients: Socket[] = []
  return {
    store,
    server,
    get wasted() {
      return wasted
    },
    async connect(...rooms: string[]) {
      const client = io(`http://127.0.0.1:${port}`, { auth: { rooms }, transports: ['websocket'] })
      clients.push(client)
      await new Promise<void>((connected) => client.once('connect', connected))
      await until(async () => rooms.every((room) => server.of('/').adapter.rooms.has(room)))
      return client
    },
    async close() {
      for (const client of clients) client.disconnect()
      await server.close()
      bus.close()
      await store.close()
    },
  }
}

describe('adapter for broadcasts between nodes', () => {
  let redis: OwnRedis
  let a: Awaited<ReturnType<typeof node>>
  let b: typeof a
  beforeAll(async () => {
    redis = await OwnRedis.start()
    a = await node(redis.url)
    b = await node(redis.url)
  })
  afterAll(async () => {
    redis.thaw()
    await Promise.all([a.close(), b.close()])
    await redis.stop()
  })

  const hears = (client: Socket, event: string) => new Promise((heard) => client.once(event, heard))

  /** Emits until the subscription to the room is established, which no event announces. */
  async function reaches(client: Socket, room: string) {
    let heard = false
    client.once('knock', () => {
      heard = true
    })
    await until(async () => {
      a.server.to(room).emit('knock')
      return heard
    })
  }

  test('a broadcast from one node reaches the room, and all sockets, on another', async () => {
    const bob = await b.connect('room:one')
    await reaches(bob, 'room:one')
    const [word, all] = [hears(bob, 'word'), hears(bob, 'all')]
    a.server.to('room:one').emit('word', { binary: Buffer.from([1, 2]), text: 'é🦜' })
    a.server.emit('all', 1)
    expect(await word).toMatchObject({ text: 'é🦜' })
    expect(await all).toBe(1)
  })

  test('counts broadcasts that reach a node without local sockets in their rooms', async () => {
    const bob = await b.connect('room:two', 'room:three')
    await reaches(bob, 'room:three')
    const before = b.wasted
    const all = hears(bob, 'all')
    a.server.to(['room:nobody', 'room:none']).emit('word')
    a.server.emit('all')
    await all
    expect(b.wasted).toBe(before + 1)
  })

  test('a suspended Redis does not delay local broadcasts, and delivers no stale ones after it resumes', async () => {
    const [ada, bob] = [await a.connect('room:four'), await b.connect('room:four')]
    await reaches(bob, 'room:four')
    const heardByBob: unknown[] = []
    bob.on('word', (word) => heardByBob.push(word))
    redis.freeze()
    const frozen = performance.now()
    const local = hears(ada, 'word')
    a.server.to('room:four').emit('word', 'before anybody noticed')
    expect(await local).toBe('before anybody noticed')
    expect(performance.now() - frozen).toBeLessThan(500)

    await until(async () => a.store.unavailableReason() !== undefined && performance.now() - frozen > BUS_TTL_MS + 500)
    const localAgain = hears(ada, 'word')
    a.server.to('room:four').emit('word', 'while it ails')
    expect(await localAgain).toBe('while it ails')

    redis.thaw()
    await until(async () => !a.store.unavailableReason() && !b.store.unavailableReason())
    await reaches(bob, 'room:four')
    a.server.to('room:four').emit('word', 'after')
    await until(async () => heardByBob.includes('after'))
    expect(heardByBob).toEqual(['after'])
  })

  test('replaces a subscriber whose connection is open but dead', async () => {
    const proxy = await FaultyRedisProxy.to(redis.port)
    const c = await node(proxy.url)
    const cleo = await c.connect('room:deaf')
    await reaches(cleo, 'room:deaf')
    proxy.dropReplies()
    await reaches(cleo, 'room:deaf')
    await c.close()
    await proxy.close()
  })

  test('rooms joined and left while Redis is down do not end the process, and work once it is back', async () => {
    await redis.kill()
    await until(async () => a.store.unavailableReason() !== undefined)
    const [ada, bob] = [await a.connect('room:five'), await b.connect('room:five')]
    const passing = await b.connect('room:passing')
    passing.disconnect()
    const gone = performance.now()
    // Longer than ioredis retries by default.
    await until(async () => performance.now() - gone > 5_000)
    const word = hears(ada, 'word')
    a.server.to('room:five').emit('word', 1)
    expect(await word).toBe(1)
    await redis.run()
    await until(async () => !a.store.unavailableReason() && !b.store.unavailableReason())
    await reaches(bob, 'room:five')
  }, 30_000)
})
