import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Server, type Socket } from 'socket.io'
import type { Entry } from '../../protocol/entry.ts'
import type { Fault } from '../../protocol/faults.ts'
import { ChatClient, type ChatEvents, type ChatOptions } from './client.ts'
import { MemoryOutbox } from './test-doubles.ts'

type Ack = (answer: object) => void

const expired: Fault = { code: 'token_expired', message: 'Sign in again.', retryable: false }
const tooMany: Fault = { code: 'too_many_connections', message: 'Close another one.', retryable: true, retryInMs: 20 }
const notInRoom: Fault = { code: 'not_in_room', message: 'Join first.', retryable: false }
const away: Fault = { code: 'unavailable', message: 'Not now.', retryable: true, retryInMs: 20 }

/** A minimal node: one room log, which survives reconnects. */
function startNode() {
  const log: Entry[] = []
  const tokens: string[] = []
  const commands: { name: string; input: Record<string, unknown> }[] = []
  const state = { starting: false, lostAcks: 0, handshakes: 0 }
  /** Faults with which the next handshakes and joins are rejected. */
  const refusals: { handshakes: Fault[]; joins: Fault[] } = { handshakes: [], joins: [] }
  const http = createServer()
  const io = new Server(http)
  io.engine.use((_request: unknown, response: ServerResponse, next: () => void) => {
    state.handshakes++
    if (state.starting) response.writeHead(503, { 'Retry-After': '1' }).end()
    else next()
  })
  io.use((_socket, next) => {
    const fault = refusals.handshakes.shift()
    next(fault && Object.assign(new Error(fault.message), { data: fault }))
  })

  const page = (after: number) => ({ epoch: 'e1', head: log.length, entries: log.slice(after), more: false })
  const answers: Record<string, (socket: Socket, input: Record<string, unknown>) => object> = {
    'room:join': (socket, { room, after }) => {
      socket.join('room')
      const members = [{ id: 'ada', name: 'Ada', status: 'online' }]
      return { room, ...page(Number(after ?? 0)), truncated: false, members, online: 1, version: 1 }
    },
    'message:send': (_socket, { room, text, clientId }) => {
      const known = log.find((entry) => entry.clientId === clientId)
      if (known) return known
      const by = { id: 'ada', name: 'Ada' }
      const entry = { seq: log.length + 1, kind: 'message', room, at: 0, by, text, clientId } as Entry
      log.push(entry)
      io.to('room').emit('entries', { room, epoch: 'e1', entries: [entry] })
      return entry
    },
  }
  io.on('connection', (socket) => {
    const { token } = socket.handshake.auth as { token?: string }
    if (token) tokens.push(token)
    socket.emit('session', {
      user: { id: 'ada', name: 'Ada' },
      node: 'n1',
      wire: 1,
      features: [],
      ...(!token && { token: 'made-here' }),
    })
    const refusal = (name: string) => {
      if (name === 'room:join') return refusals.joins.shift()
      const needsRoom = name === 'message:send' || name === 'room:leave'
      return needsRoom && !socket.rooms.has('room') ? notInRoom : undefined
    }
    socket.onAny((name: string, input: Record<string, unknown>, ack: Ack) => {
      commands.push({ name, input })
      const fault = refusal(name)
      if (fault) return ack({ ok: false, fault })
      const value = answers[name]?.(socket, input) ?? {}
      if (name === 'message:send' && state.lostAcks-- > 0) socket.conn.close()
      else ack({ ok: true, value })
    })
  })
  const sockets = () => [...io.sockets.sockets.values()]
  const drop = () => sockets().forEach(({ conn }) => void conn.close())
  const close = async () => {
    await Promise.all(sockets().map(({ conn }) => new Promise((done) => conn.once('close', done))))
    await io.close()
  }
  return { http, io, log, tokens, commands, state, refusals, drop, close }
}

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function setUp(options: ChatOptions = { name: 'Ada' }) {
  const node = startNode()
  await new Promise<void>((done) => node.http.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(node.http.address() as AddressInfo).port}`
  const client = new ChatClient({ url, ...options })
  open.push(node, client)
  const seen: (number | string)[] = []
  client.on('entries', ({ entries }) => seen.push(...entries.map(({ seq }) => seq)))
  client.on('reset', () => seen.push('reset'))
  const becomes = (state: ChatEvents['state']['state']) =>
    client.state.state === state ? undefined : client.next('state', (now) => now.state === state)
  return { ...node, client, seen, becomes }
}

describe('a client', () => {
  test('reports its state, the node, the transport and the upgrade', async () => {
    const { client, becomes, http } = await setUp()
    const seen: ChatEvents['state'][] = []
    client.on('state', (connectionState) => seen.push(connectionState))
    // The upgrade may otherwise finish before the session event: hold it back until the client is live.
    const live = client.next('state', ({ state }) => state === 'live')
    const [upgrade] = http.listeners('upgrade')
    http.removeAllListeners('upgrade').on('upgrade', (...request) => void live.then(() => upgrade!(...request)))
    const upgraded = client.next('state', ({ transport }) => transport === 'websocket')
    client.connect()
    await becomes('live')
    await upgraded
    expect(seen.slice(0, 3).map(({ state }) => state)).toEqual(['connecting', 'syncing', 'live'])
    expect(seen[1]).toMatchObject({ node: 'n1', transport: 'polling', upgrading: true })
    expect(client.state).toMatchObject({ state: 'live', node: 'n1', transport: 'websocket', upgrading: false })
  })

  test('reports a failed upgrade and stays on long-polling', async () => {
    const { client, http } = await setUp()
    http.removeAllListeners('upgrade').on('upgrade', (_req, socket) => socket.destroy())
    const upgradeFailed = client.next('state', ({ upgrading }) => upgrading === false)
    client.connect()
    expect(await upgradeFailed).toMatchObject({ node: 'n1', transport: 'polling' })
  })

  test('reports the size of a batch of entries', async () => {
    const { client, io } = await setUp()
    client.connect()
    await client.join('lobby')
    const batch = client.next('batch')
    io.emit('entries', { room: 'lobby', epoch: 'e', entries: [1, 2, 3].map((seq) => ({ seq })) })
    expect(await batch).toEqual({ room: 'lobby', size: 3 })
  })

  test('stores the assigned token and sends it on reconnect', async () => {
    const stored = new Map<string, string>()
    const storage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
      removeItem: (key: string) => void stored.delete(key),
    }
    const { client, becomes, drop, tokens } = await setUp({ name: 'Ada', storage, transports: ['websocket'] })
    client.connect()
    await becomes('live')
    expect([...stored.values()]).toEqual(['made-here'])
    drop()
    await becomes('offline')
    await becomes('live')
    expect(tokens).toEqual(['made-here'])
  })

  test.each(['websocket', 'polling'] as const)(
    'receives every entry across a lost connection, over %s',
    async (transport) => {
      const { client, becomes, drop, log, seen, commands } = await setUp({ name: 'Ada', transports: [transport] })
      client.connect()
      await client.join('lobby')
      await client.send('lobby', 'one')
      drop()
      await becomes('offline')
      log.push({ ...log[0]!, seq: 2, clientId: 'missed' })
      const sent = client.send('lobby', 'three')
      expect(client.waiting).toBe(1)
      await becomes('live')
      expect(await sent).toMatchObject({ seq: 3 })
      expect(client.waiting).toBe(0)
      if (seen.length < 3) await client.next('entries')
      expect(seen).toEqual([1, 2, 3])
      const again = commands.findLast(({ name }) => name === 'room:join')
      expect(again?.input).toEqual({ room: 'lobby', after: 1, epoch: 'e1' })
    },
  )

  test('appends a message once when its acknowledgement is lost', async () => {
    const { client, becomes, log, state, commands } = await setUp({ name: 'Ada', transports: ['websocket'] })
    client.connect()
    await client.join('lobby')
    state.lostAcks = 1
    expect(await client.send('lobby', 'hello')).toMatchObject({ seq: 1 })
    await becomes('live')
    const sends = commands.filter(({ name }) => name === 'message:send').map(({ input }) => input.clientId)
    expect(sends).toHaveLength(2)
    expect(new Set(sends).size).toBe(1)
    expect(log).toHaveLength(1)
  })

  test('rejoins its rooms before it sends pending messages', async () => {
    const { client, becomes, drop, commands } = await setUp({ name: 'Ada', transports: ['websocket'] })
    client.connect()
    await Promise.all([client.join('lobby'), client.join('other')])
    drop()
    await becomes('offline')
    commands.length = 0
    await Promise.all([client.send('other', 'hello'), becomes('live')])
    expect(commands.map(({ name }) => name)).toEqual(['room:join', 'room:join', 'message:send'])
  })

  test('retries while nodes are starting, and respects Retry-After', async () => {
    const { client, becomes, state } = await setUp()
    state.starting = true
    const startedAt = performance.now()
    client.connect()
    await becomes('offline')
    expect(state.handshakes).toBe(1)
    state.starting = false
    await becomes('live')
    expect(performance.now() - startedAt).toBeGreaterThan(1_000)
  })

  test.each(['websocket', 'polling'] as const)(
    'retries while the connection is refused, over %s',
    async (transport) => {
      const { client, becomes, http } = await setUp({ name: 'Ada', transports: [transport] })
      const { port } = http.address() as AddressInfo
      await new Promise((done) => http.close(done))
      client.connect()
      await becomes('offline')
      http.listen(port, '127.0.0.1')
      await becomes('live')
    },
  )

  test('stops when rejected for good, and reports the fault', async () => {
    const { client, becomes, refusals } = await setUp({ token: 'old' })
    refusals.handshakes.push(expired)
    client.connect()
    const joining = client.join('lobby')
    await becomes('refused')
    expect(client.state.fault).toMatchObject({ code: 'token_expired', message: 'Sign in again.' })
    expect(client.token).toBeUndefined()
    await expect(joining).rejects.toMatchObject({ code: 'token_expired' })
  })

  test('retries while there are too many connections, and keeps pending joins and sends', async () => {
    const { client, becomes, refusals, tokens, log } = await setUp({ token: 'kept', transports: ['websocket'] })
    refusals.handshakes.push(tooMany, tooMany)
    const states = new Set<string>()
    const reasons: (string | undefined)[] = []
    client.on('state', ({ state, fault }) => {
      states.add(state)
      reasons.push(`${state}: ${fault?.code}`)
    })
    client.connect()
    const joining = client.join('lobby')
    const sent = client.send('lobby', 'hello')
    await becomes('live')
    await joining
    expect(await sent).toMatchObject({ seq: 1 })
    expect(states).not.toContain('refused')
    // The fault is reported from the first rejection until the connection succeeds.
    expect(reasons).toEqual([
      'connecting: undefined',
      'offline: too_many_connections',
      'connecting: too_many_connections',
      'offline: too_many_connections',
      'connecting: too_many_connections',
      'syncing: undefined',
      'live: undefined',
    ])
    expect(tokens).toEqual(['kept'])
    expect(log).toHaveLength(1)
  })

  test('leaves a draining node and reconnects', async () => {
    const { client, becomes, io, tokens } = await setUp()
    client.connect()
    await becomes('live')
    io.emit('drain', { retryInMs: 20 })
    await client.next('session')
    expect(tokens).toEqual(['made-here'])
  })

  test('reports storeAway while the node cannot reach its store', async () => {
    const { client, becomes, io } = await setUp()
    client.connect()
    await becomes('live')
    io.emit('store', { away: true })
    await client.next('state', ({ storeAway }) => storeAway === true)
    expect(client.state.state).toBe('live')
    io.emit('store', { away: false })
    await client.next('state', ({ storeAway }) => !storeAway)
  })

  test('is syncing while it rejoins a room', async () => {
    const { client, becomes, io, log, seen } = await setUp()
    client.connect()
    await client.join('lobby')
    await client.send('lobby', 'one')
    log.push({ ...log[0]!, seq: 2, clientId: 'missed' })
    io.emit('room:stale', { room: 'lobby' })
    await becomes('syncing')
    await becomes('live')
    expect(seen).toEqual([1, 2])
  })

  test('holds messages back until the room is joined again', async () => {
    const { client, becomes, io, refusals, commands } = await setUp({ name: 'Ada', transports: ['websocket'] })
    client.connect()
    await client.join('lobby')
    await client.send('lobby', 'one')
    commands.length = 0
    refusals.joins.push(away, away)
    io.socketsLeave('room')
    io.emit('room:stale', { room: 'lobby' })
    await becomes('syncing')
    expect(await client.send('lobby', 'two')).toMatchObject({ seq: 2 })
    expect(commands.map(({ name }) => name)).toEqual(['room:join', 'room:join', 'room:join', 'message:send'])
  })

  test('leaves a room whose join is still pending', async () => {
    const { client, becomes, refusals, commands } = await setUp({ name: 'Ada', transports: ['websocket'] })
    client.connect()
    await becomes('live')
    refusals.joins.push({ ...away, retryInMs: 1_000 })
    const joining = client.join('lobby')
    await client.leave('lobby')
    await expect(joining).rejects.toMatchObject({ code: 'unavailable' })
    expect(commands.map(({ name }) => name)).toEqual(['room:join', 'room:leave'])
  })

  test('sets its status again on every connection', async () => {
    const { client, becomes, drop, commands } = await setUp()
    await client.status('away')
    for (let connections = 0; connections < 2; connections++) {
      client.connect()
      await becomes('live')
      await client.ping()
      drop()
      await becomes('offline')
    }
    const statuses = commands.filter(({ name }) => name === 'status:set').map(({ input }) => input.status)
    expect(statuses).toEqual(['away', 'away'])
  })

  test('restores stored messages: announces them, joins the room, sends them', async () => {
    const outbox = new MemoryOutbox()
    outbox.put({ command: 'message:send', input: { room: 'lobby', text: 'before', clientId: 'c1' }, by: 'ada' })
    const { client, commands, seen } = await setUp({ token: 'made-here', outbox })
    const events: string[] = []
    client.on('outbox', ({ room }) => events.push(`${room}: ${client.pendingCommands(room).length}`))
    client.on('joined', () => events.push('joined'))
    client.connect()
    expect(await client.next('settled')).toMatchObject({ restored: true, entry: { seq: 1, text: 'before' } })
    expect(events.slice(0, 2)).toEqual(['lobby: 1', 'joined'])
    expect(commands.map(({ name }) => name)).toEqual(['room:join', 'message:send'])
    expect(outbox.commands.size).toBe(0)
    if (seen.length === 0) await client.next('entries')
    expect(seen).toEqual([1])
  })

  test('changes its transport', async () => {
    const { client, becomes } = await setUp()
    client.connect()
    await client.join('lobby')
    client.setTransports(['polling'])
    await becomes('syncing')
    await becomes('live')
    expect(client.state.transport).toBe('polling')
  })

  test('rejects a request without a connection as unavailable and retryable', async () => {
    const { client } = await setUp()
    await expect(client.ping()).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  })
})
