import { once } from 'node:events'
import { request } from 'node:http'
import { connect as dial } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { io, type Socket } from 'socket.io-client'
import type { Answer } from '../../protocol/faults.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { DialectClient } from './dialect-client.ts'
import { newClientId, TestClient } from './person.ts'

const NODES = 2
/** Reconciliation happens once a second. */
const ROUNDS_MS = 2_500
const FAST = { APPENDS_PER_SECOND: '100000', APPENDS_BURST: '100000' }

let cluster: TestCluster | undefined
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  DialectClient.disconnectAll()
  await cluster?.close()
  cluster = undefined
})

const start = async (env: Record<string, string>, store: (typeof stores)[number] = 'redis') => {
  cluster = await startCluster({ nodes: NODES, store, env })
  return cluster
}
const sockets: Socket[] = []

/** A client with this address (as reported by a trusted proxy), in a room. */
async function guest(
  node: number,
  address: string,
  auth: object = { name: 'Ada' },
  transport = 'websocket',
  room = 'chat',
): Promise<Socket> {
  const headers = { 'X-Forwarded-For': address }
  const socket = io(cluster!.urls[node]!, { auth, transports: [transport], forceNew: true, extraHeaders: headers })
  sockets.push(socket)
  const { token } = await new Promise<{ token?: string }>((resolve) => socket.once('session', resolve))
  if (token) socket.auth = { token }
  await socket.emitWithAck('room:join', { room })
  return socket
}
const send = (socket: Socket, room = 'chat'): Promise<Answer<unknown>> =>
  socket.emitWithAck('message:send', { room, text: 'hello', clientId: newClientId() })
const accepted = (answers: Answer<unknown>[]) => answers.filter(({ ok }) => ok).length
const refused = (answers: Answer<unknown>[]) => answers.flatMap((answer) => (answer.ok ? [] : [answer.fault]))
const post = (node: number, path: string, address: string, body: object) =>
  fetch(`${cluster!.urls[node]!}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': address },
    body: JSON.stringify(body),
  })

test.each(stores)('the rate limit of a user applies across all nodes, on %s', async (store) => {
  await start({ APPENDS_PER_SECOND: '1', APPENDS_BURST: '20' }, store)
  const first = await guest(0, '192.0.2.1')
  const second = await guest(1, '192.0.2.1', first.auth as object)
  const burst = await Promise.all(Array.from({ length: 20 }, () => send(first)))
  expect(accepted(burst)).toBe(20)
  // The other node has its own tokens until its first report.
  await send(second)
  await delay(ROUNDS_MS)
  const [fault] = refused(await Promise.all(Array.from({ length: 21 }, () => send(second))))
  expect(fault).toMatchObject({ code: 'rate_limited', retryable: true, retryInMs: expect.any(Number) })
  expect(fault!.message).toContain('APPENDS_PER_SECOND')
})

test.each([['websocket'], ['polling']] as const)(
  'commands of one address are queued, by %s',
  async (transport) => {
    const [rate, burst, floods, each] = [40, 80, 5, 100]
    await start({ ADDRESS_COMMANDS_PER_SECOND: `${rate}` })
    const flooders = await Promise.all(
      Array.from({ length: floods }, () => guest(0, '192.0.2.1', undefined, transport)),
    )
    const neighbour = await guest(0, '192.0.2.1', undefined, transport)
    const other = await guest(0, '192.0.2.2', undefined, transport)
    const ping = (socket: Socket): Promise<Answer<unknown>> => socket.emitWithAck('ping', {})
    let answered = 0
    let pastBurst = () => {}
    const contended = new Promise<void>((resolve) => {
      pastBurst = resolve
    })
    const began = performance.now()
    const flooding = flooders.map(async (socket) => {
      const pings = Array.from({ length: each }, async (_, i) => {
        const answer = await ping(socket)
        answered++
        if (answered > burst) pastBurst()
        return { answer, i }
      })
      return Promise.all(pings)
    })
    await contended
    const before = answered
    expect(await ping(other)).toMatchObject({ ok: true })
    expect(await ping(neighbour)).toMatchObject({ ok: true })
    // At most two rounds, and what was in transit: the next packet (or post of a few) of each client.
    expect(answered - before).toBeLessThan(floods * 10)
    for (const answers of await Promise.all(flooding)) {
      for (const { answer } of answers) expect(answer).toMatchObject({ ok: true })
    }
    expect(performance.now() - began).toBeGreaterThan(((floods * each - burst) / rate) * 1_000 - 100)
  },
  30_000,
)

test('a message costs its address more in a room with many readers', async () => {
  const [rate, readers, messages] = [10, 50, 20]
  await start({ ADDRESS_COMMANDS_PER_SECOND: `${rate}` })
  await Promise.all(Array.from({ length: readers }, (_, i) => guest(0, `198.51.100.${i}`)))
  const ada = await guest(0, '192.0.2.1')
  const began = performance.now()
  const answers = await Promise.all(Array.from({ length: messages }, () => send(ada)))
  expect(accepted(answers)).toBe(messages)
  // At a cost of one, the burst would cover them. They cost three, charged when each is processed.
  expect(performance.now() - began).toBeGreaterThan(2_000)
}, 30_000)

describe('guests of one address', () => {
  const env = { ...FAST, ADDRESS_APPENDS_PER_SECOND: '1' }

  test('share a limit across Socket.IO, REST and all nodes; an IPv6 /64 counts as one address', async () => {
    await start(env)
    const guests = [await guest(0, '2001:db8::1'), await guest(0, '2001:db8::2')]
    const answers = await Promise.all(guests.flatMap((each) => [1, 2, 3, 4].map(() => send(each))))
    expect(accepted(answers)).toBe(5)
    expect(refused(answers)[0]!.message).toContain('ADDRESS_APPENDS_PER_SECOND')
    const rest = await post(0, '/sendMessage', '2001:db8::3', { message: 'hello', senderId: 'rest' })
    expect(rest.status).toBe(429)
    expect(Number(rest.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect((await rest.json()).fault.code).toBe('rate_limited')
    expect((await send(await guest(0, '2001:db8:0:1::1'))).ok).toBe(true)
    const elsewhere = await guest(1, '2001:db8::4')
    await send(elsewhere)
    await delay(ROUNDS_MS)
    expect(refused(await Promise.all(Array.from({ length: 20 }, () => send(elsewhere)))).length).toBeGreaterThan(0)
  })

  test('have no limit with 0', async () => {
    await start({ ...env, ADDRESS_APPENDS_PER_SECOND: '0' })
    const one = await guest(0, '192.0.2.1')
    expect(accepted(await Promise.all(Array.from({ length: 100 }, () => send(one))))).toBe(100)
  })

  test('are limited during a store outage and after it', async () => {
    const { redis } = await start(env)
    const one = await guest(0, '192.0.2.1')
    await redis!.kill()
    const away = refused(await Promise.all(Array.from({ length: 12 }, () => send(one))))
    expect(away).toHaveLength(12)
    expect(away.filter(({ code }) => code === 'rate_limited').length).toBeGreaterThanOrEqual(6)
    await redis!.run()
    // One token per second, and the connection of the store.
    for (;;) {
      const answer = await send(one)
      if (answer.ok) break
      await delay(200)
    }
    expect(refused(await Promise.all(Array.from({ length: 12 }, () => send(one))))[0]!.code).toBe('rate_limited')
  })
})

test('the rate of a room is limited across users; dialect clients wait and lose nothing', async () => {
  await start({ ...FAST, ROOM_APPENDS_PER_SECOND: '4' })
  const ada = await guest(0, '192.0.2.1', { name: 'Ada' }, 'websocket', 'lobby')
  const bob = await guest(0, '192.0.2.2', { name: 'Bob' }, 'websocket', 'lobby')
  const answers = await Promise.all([ada, bob].flatMap((each) => Array.from({ length: 15 }, () => send(each, 'lobby'))))
  expect(accepted(answers)).toBeLessThan(30)
  expect(refused(answers)[0]!.message).toContain('ROOM_APPENDS_PER_SECOND')
  const dialectClient = await DialectClient.connect(`${cluster!.urls[0]}/ws`)
  dialectClient.send(...Array.from({ length: 8 }, (_, i) => `slow ${i}`))
  for (let i = 0; i < 8; i++) await dialectClient.waitFor(`slow ${i}`)
  expect(dialectClient.closed).toBeUndefined()
})

test('the dialect connections of an address share its tokens in turn and lose nothing', async () => {
  await start({ ...FAST, ADDRESS_DIALECT_APPENDS_PER_SECOND: '20' })
  const headers = { 'X-Forwarded-For': '192.0.2.9' }
  const greedy = await DialectClient.connect(`${cluster!.urls[0]}/ws`, { headers })
  const modest = await DialectClient.connect(`${cluster!.urls[0]}/ws`, { headers })
  greedy.send(...Array.from({ length: 160 }, (_, i) => `greedy ${i}`))
  await modest.waitFor('greedy 99')
  modest.send('modest')
  await modest.waitFor('modest')
  const before = modest.received.indexOf('modest')
  await modest.waitFor('greedy 159')
  expect(before).toBeLessThan(modest.received.indexOf('greedy 159'))
  expect(greedy.closed ?? modest.closed).toBeUndefined()
})

test('connections per address are limited across protocols and nodes; further ones are rejected before they get a session', async () => {
  await start({ ADDRESS_CONNECTIONS: '4' })
  const headers = { 'X-Forwarded-For': '192.0.2.1' }
  await guest(0, '192.0.2.1')
  await DialectClient.connect(`${cluster!.urls[0]}/ws`, { headers })
  await guest(1, '192.0.2.1')
  await guest(1, '192.0.2.1')
  await delay(ROUNDS_MS)
  for (const url of cluster!.urls) {
    const answer = await fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers })
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect((await answer.json()).fault.message).toContain('ADDRESS_CONNECTIONS')
    await expect(DialectClient.connect(`${url}/ws`, { headers })).rejects.toThrow('503')
  }
  await guest(0, '192.0.2.2')
  sockets[0]!.close()
  await delay(ROUNDS_MS)
  await guest(1, '192.0.2.1')
})

test.each(stores)(
  'guests per day, direct rooms per hour and new rooms per hour are limited across all nodes, on %s',
  async (store) => {
    await start({ GUESTS_PER_DAY: '4', DIRECT_OPENS_PER_HOUR: '2', ROOMS_CREATED_PER_HOUR: '2' }, store)
    const ada = await guest(0, '192.0.2.1')
    const people = await Promise.all([1, 2, 3].map((i) => post(i % NODES, '/auth/guest', '192.0.2.1', { name: 'Bob' })))
    const ids = await Promise.all(people.map(async (answer) => (await answer.json()).value.user.id as string))
    const fifth = await post(0, '/auth/guest', '192.0.2.1', { name: 'Eve' })
    expect(fifth.status).toBe(429)
    expect(Number(fifth.headers.get('Retry-After'))).toBeGreaterThan(60)
    expect((await fifth.json()).fault.message).toContain('GUESTS_PER_DAY')
    expect((await post(0, '/auth/guest', '192.0.2.2', { name: 'Eve' })).status).toBe(200)

    const opened = []
    for (const user of ids) opened.push((await ada.emitWithAck('direct:open', { user })) as Answer<unknown>)
    expect(accepted(opened)).toBe(2)
    expect(refused(opened)[0]!.message).toContain('DIRECT_OPENS_PER_HOUR')

    const elsewhere = await guest(1, '192.0.2.1', ada.auth as object, 'websocket', 'new-2')
    const answers = [await send(ada), await send(elsewhere, 'new-2')]
    await ada.emitWithAck('room:join', { room: 'new-3' })
    answers.push(await send(ada, 'new-3'), await send(ada))
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, false, true])
    expect(refused(answers)[0]!.message).toContain('ROOMS_CREATED_PER_HOUR')
  },
)

test('a request that is sent too slowly is closed; a waiting poll is not', async () => {
  await start({ REQUEST_HEADERS_TIMEOUT_MS: '1000', REQUEST_TIMEOUT_MS: '1000' })
  const testClient = await TestClient.connect(cluster!.urls[0]!, 'Ada', { transports: ['polling'] })
  const { port, hostname } = new URL(cluster!.urls[0]!)
  const headers = dial(Number(port), hostname)
  headers.on('error', () => {}).write('GET /healthz HTTP/1.1\r\nHost: a\r\n')
  const options = { host: hostname, port, path: '/sendMessage', method: 'POST', headers: { 'Content-Length': '99' } }
  const body = request(options).on('error', () => {})
  body.write('{')
  headers.resume()
  // Node checks for them every 30 s.
  await Promise.all([once(headers, 'close'), once(body, 'close')])
  expect(testClient.events('session')).toHaveLength(1)
  expect((await testClient.request('ping', {})).ok).toBe(true)
}, 90_000)
