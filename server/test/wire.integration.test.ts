import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type CommandName, commands } from '../../protocol/commands.ts'
import { events } from '../../protocol/events.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { newClientId, TestClient } from './person.ts'

describe.each(stores)('the protocol, on the %s store', (store) => {
  let cluster: TestCluster
  let ada: TestClient
  let bob: TestClient

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, store })
    ada = await TestClient.connect(cluster.urls[0]!, 'Ada')
    bob = await TestClient.connect(cluster.urls[1]!, 'Bob', { transports: ['polling'] })
  })
  afterAll(() => cluster.close())

  /** Checks that a command's answer matches its schema exactly. */
  async function good<C extends CommandName>(testClient: TestClient, name: C, input: unknown) {
    const answer = await testClient.request(name, input)
    expect(answer).toMatchObject({ ok: true })
    const value = (answer as { value: unknown }).value
    expect(commands[name].output.parse(value)).toEqual(value)
    return value as never
  }

  test('session is the first event, with the user, the node and the protocol version', () => {
    expect(ada.received[0]).toEqual({
      event: 'session',
      payload: {
        user: { id: expect.stringMatching(/^[a-z0-9]{20}$/), name: 'Ada' },
        node: 'n1',
        token: expect.any(String),
        wire: 1,
        features: ['store', 'direct', 'rooms'],
      },
    })
    expect(bob.session).toMatchObject({ node: 'n2', user: { name: 'Bob' } })
  })

  test('the answer of every command matches its schema', async () => {
    const joined = await good(ada, 'room:join', { room: 'wire' })
    expect(joined).toMatchObject({ room: 'wire', head: 0, entries: [], more: false, truncated: false, online: 1 })
    await good(bob, 'room:join', { room: 'wire' })
    const clientId = newClientId()
    const message = await good(ada, 'message:send', { room: 'wire', text: 'hello', clientId })
    expect(message).toEqual({
      seq: 1,
      kind: 'message',
      room: 'wire',
      at: expect.any(Number),
      by: ada.user,
      clientId,
      text: 'hello',
    })
    expect(await good(ada, 'message:send', { room: 'wire', text: 'hello', clientId })).toEqual(message)
    expect(
      await good(bob, 'message:send', { room: 'wire', text: 'hi', clientId: newClientId(), replyTo: 1 }),
    ).toMatchObject({ seq: 2, replyTo: 1 })
    expect(await good(ada, 'message:edit', { room: 'wire', seq: 1, text: 'Hello' })).toMatchObject({
      seq: 3,
      target: 1,
    })
    expect(await good(bob, 'message:react', { room: 'wire', seq: 1, emoji: '👋', on: true })).toMatchObject({
      kind: 'reaction',
      seq: 4,
      emoji: '👋',
      on: true,
    })
    expect(await good(ada, 'message:delete', { room: 'wire', seq: 1, clientId: newClientId() })).toMatchObject({
      kind: 'delete',
      seq: 5,
      target: 1,
    })
    const history = await good(bob, 'history:read', { room: 'wire', after: 0 })
    expect(history).toMatchObject({
      head: 5,
      more: false,
      truncated: false,
      entries: [{ seq: 1, deleted: true }, { seq: 2 }, { seq: 3, deleted: true }, { seq: 4 }, { seq: 5 }],
    })
    expect(JSON.stringify(history)).not.toMatch(/hello/i)
    await good(ada, 'typing:set', { room: 'wire', typing: true })
    await good(ada, 'status:set', { status: 'busy' })
    await good(ada, 'receipt:set', { room: 'wire', seq: 5 })
    const { rooms } = (await good(ada, 'room:list', {})) as { rooms: { room: string }[] }
    expect(rooms.map(({ room }) => room)).toEqual(expect.arrayContaining(['lobby', 'wire']))
    expect(rooms.find(({ room }) => room === 'wire')).toMatchObject({ head: 5, read: 5, unread: 0, online: 2 })
    const { room } = (await good(ada, 'direct:open', { user: bob.user.id })) as { room: string }
    expect(room).toMatch(/^direct:/)
    await good(ada, 'members:read', { room: 'wire' })
    const stats = await good(ada, 'stats:get', {})
    expect(stats).toMatchObject({ nodes: [{ node: 'n1' }, { node: 'n2' }] })
    const { serverTime } = (await good(ada, 'ping', {})) as { serverTime: number }
    expect(Math.abs(serverTime - Date.now())).toBeLessThan(5_000)
    expect(await ada.request('ping')).toMatchObject({ ok: true })
    await good(bob, 'room:leave', { room: 'wire' })
  })

  test('every event matches its schema', async () => {
    await good(ada, 'room:join', { room: 'forms' })
    await good(bob, 'room:join', { room: 'forms' })
    await ada.waitFor('presence', ({ room, joined }) => room === 'forms' && joined.some(({ id }) => id === bob.user.id))
    await good(bob, 'typing:set', { room: 'forms', typing: true })
    await ada.waitFor('typing', ({ room, node, count }) => room === 'forms' && node === 'n2' && count === 1)
    await bob.send('forms', 'hello')
    await ada.waitForSeq('forms', 1)
    await good(bob, 'receipt:set', { room: 'forms', seq: 1 })
    expect(await ada.waitFor('receipts', ({ room }) => room === 'forms')).toEqual({
      room: 'forms',
      receipts: [{ user: bob.user.id, seq: 1 }],
    })
    for (const { event, payload } of [...ada.received, ...bob.received]) {
      expect(events[event as keyof typeof events].parse(payload)).toEqual(payload)
    }
  })

  test('a status is visible to others, also on other nodes', async () => {
    await good(ada, 'status:set', { status: 'online' })
    await good(ada, 'room:join', { room: 'moods' })
    await good(bob, 'room:join', { room: 'moods' })
    await good(ada, 'status:set', { status: 'away' })
    await bob.waitFor('presence', ({ room, changed }) => room === 'moods' && changed[0]?.status === 'away')
    const { members } = await bob.emit('members:read', { room: 'moods' })
    expect(members).toContainEqual({ ...ada.user, status: 'away' })
  })

  test('a direct room admits only its two users and cannot be created by name', async () => {
    const { room } = await ada.emit('direct:open', { user: bob.user.id })
    expect((await bob.emit('direct:open', { user: ada.user.id })).room).toBe(room)
    await good(ada, 'room:join', { room })
    await good(bob, 'room:join', { room })
    await ada.send(room, 'between us')
    await bob.waitForSeq(room, 1)
    const eve = await TestClient.connect(cluster.urls[0]!, 'Eve')
    expect(await eve.requestFault('room:join', { room })).toMatchObject({ code: 'not_admitted' })
    expect(await eve.requestFault('message:send', { room, text: 'x', clientId: 'c1' })).toMatchObject({
      code: 'not_in_room',
    })
    expect(await eve.requestFault('history:read', { room })).toMatchObject({ code: 'not_in_room' })
    expect((await eve.emit('room:list', {})).rooms.some((row) => row.room === room)).toBe(false)
    expect((await bob.emit('room:list', {})).rooms.find((row) => row.room === room)).toMatchObject({
      unread: 1,
      last: { text: 'between us' },
    })
    const never = `direct:${[eve.user.id, bob.user.id].sort().join(':')}`
    expect(await eve.requestFault('room:join', { room: never })).toMatchObject({ code: 'reserved_room' })
    expect(await eve.requestFault('room:join', { room: 'match:1' })).toMatchObject({ code: 'reserved_room' })
    expect(await eve.requestFault('direct:open', { user: 'nobody' })).toMatchObject({ code: 'no_such_user' })
    expect(await eve.requestFault('direct:open', { user: eve.user.id })).toMatchObject({ code: 'bad_input' })
    eve.close()
  })

  test('a guest reconnects as the same user, retries without duplicates, and can delete their message', async () => {
    const gus = await TestClient.connect(cluster.urls[0]!, 'Gus')
    await gus.emit('room:join', { room: 'guests' })
    const clientId = newClientId()
    const first = await gus.send('guests', 'mine', clientId)
    gus.socket.io.engine.close()
    await gus.waitUntil('a second session', () => gus.events('session')[1])
    expect(gus.events('session')[1]).toMatchObject({ user: gus.user })
    expect(gus.events('session')[1]).not.toHaveProperty('token')
    await gus.emit('room:join', { room: 'guests', after: first.seq })
    expect(await gus.send('guests', 'mine', clientId)).toEqual(first)
    expect(await gus.emit('message:delete', { room: 'guests', seq: first.seq })).toMatchObject({
      kind: 'delete',
      seq: 2,
    })
    gus.close()
  })
})
