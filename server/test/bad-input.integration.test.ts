import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commands } from '../../protocol/commands.ts'
import { EMOJI_MAX_BYTES, FRAME_MAX_BYTES, TEXT_MAX_CHARS } from '../../protocol/limits.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { newClientId, TestClient } from './person.ts'

const room = 'bad'
const x = (n: number, char = 'x') => char.repeat(n)
const send = (more: object) => ({ room, text: 'x', clientId: newClientId(), ...more })

type Wrong = [name: string, input: unknown, code: string, names: RegExp]
const title = ([name, input, code]: Wrong) => `${name.slice(0, 20)} ${JSON.stringify(input)?.slice(0, 60)} → ${code}`

/** Command, input, fault code, and what the message must contain. */
const wrong: Wrong[] = [
  ['room:join', {}, 'bad_input', /room/],
  ['room:join', undefined, 'bad_input', /room/],
  ['room:join', null, 'bad_input', /room/],
  ['room:join', 'lobby', 'bad_input', /expected object/],
  ['room:join', [], 'bad_input', /expected object/],
  ['room:join', 7, 'bad_input', /expected object/],
  ['room:join', Buffer.from('lobby'), 'bad_input', /./],
  ['room:join', { room: Buffer.from('lobby') }, 'bad_input', /room/],
  ['room:join', { room: 7 }, 'bad_input', /room/],
  ['room:join', { room: '' }, 'bad_input', /room/],
  ['room:join', { room: 'Lobby' }, 'bad_input', /room/],
  ['room:join', { room: '-lobby' }, 'bad_input', /room/],
  ['room:join', { room: x(65) }, 'bad_input', /room/],
  ['room:join', { room: { $ne: 1 } }, 'bad_input', /room/],
  ['room:join', { room, after: -1 }, 'bad_input', /after/],
  ['room:join', { room, after: 1.5 }, 'bad_input', /after/],
  ['room:join', { room, after: '1' }, 'bad_input', /after/],
  ['room:join', { room, after: 1e300 }, 'bad_input', /after/],
  ['room:join', { room, epoch: x(65) }, 'bad_input', /epoch/],
  ['room:join', { room, colour: 'red' }, 'bad_input', /colour/],
  ['room:join', JSON.parse(`{"room":"${room}","__proto__":{"after":1}}`), 'bad_input', /__proto__/],
  ['room:join', { room: 'match:1' }, 'reserved_room', /match:find/],
  ['room:join', { room: 'direct:a:b' }, 'not_admitted', /two people/],
  ['room:join', { room: 'direct:nonsense' }, 'reserved_room', /direct:open/],
  ['room:leave', { room: 'elsewhere' }, 'not_in_room', /elsewhere/],
  ['message:send', send({ text: '' }), 'bad_input', /text/],
  ['message:send', send({ text: x(TEXT_MAX_CHARS + 1) }), 'bad_input', /4000/],
  ['message:send', send({ text: x(TEXT_MAX_CHARS + 1, '😀') }), 'bad_input', /4000/],
  ['message:send', send({ text: 'a\ud800b' }), 'bad_input', /text.*surrogate/],
  ['message:send', send({ text: null }), 'bad_input', /text/],
  ['message:send', send({ text: { toString: 'x' } }), 'bad_input', /text/],
  ['message:send', send({ clientId: undefined }), 'bad_input', /clientId/],
  ['message:send', send({ clientId: 'a b' }), 'bad_input', /clientId/],
  ['message:send', send({ clientId: x(65) }), 'bad_input', /clientId/],
  ['message:send', send({ by: { id: 'root', name: 'Root' } }), 'bad_input', /by/],
  ['message:send', send({ room: 'elsewhere' }), 'not_in_room', /elsewhere/],
  ['message:send', send({ replyTo: 0 }), 'bad_input', /replyTo/],
  ['message:send', send({ replyTo: 9_999 }), 'no_such_entry', /9999/],
  ['message:send', send({ epoch: 'over' }), 'stale_epoch', /Join/],
  ['message:edit', { room, seq: 9_999, text: 'x' }, 'no_such_entry', /9999/],
  ['message:edit', { room, seq: 1, text: 'x' }, 'not_author', /1/],
  ['message:edit', { room, seq: 2, text: 'x' }, 'deleted', /2/],
  ['message:edit', { room, seq: 3, text: 'x' }, 'no_such_entry', /3/],
  ['message:edit', { room, seq: '1', text: 'x' }, 'bad_input', /seq/],
  ['message:delete', { room, seq: 1 }, 'not_author', /1/],
  ['message:delete', { room, seq: 2 }, 'deleted', /2/],
  ['message:react', { room, seq: 1, emoji: '', on: true }, 'bad_input', /emoji/],
  ['message:react', { room, seq: 1, emoji: x(EMOJI_MAX_BYTES / 2 + 1, 'é'), on: true }, 'bad_input', /emoji/],
  ['message:react', { room, seq: 1, emoji: '👍', on: 'yes' }, 'bad_input', /on/],
  ['message:react', { room, seq: 2, emoji: '👍', on: true }, 'deleted', /2/],
  ['history:read', { room, before: 1, after: 1 }, 'bad_input', /before or after/],
  ['history:read', { room, limit: 0 }, 'bad_input', /limit/],
  ['history:read', { room, limit: 201 }, 'bad_input', /limit/],
  ['history:read', { room: 'elsewhere' }, 'not_in_room', /elsewhere/],
  ['members:read', { room: 'elsewhere' }, 'not_in_room', /elsewhere/],
  ['members:read', { room, limit: 201 }, 'bad_input', /limit/],
  ['typing:set', { room, typing: 1 }, 'bad_input', /typing/],
  ['typing:set', { room: 'elsewhere', typing: true }, 'not_in_room', /elsewhere/],
  ['status:set', { status: 'gone' }, 'bad_input', /status/],
  ['receipt:set', { room, seq: 9_999 }, 'no_such_entry', /9999/],
  ['receipt:set', { room, seq: 1, epoch: 'over' }, 'stale_epoch', /./],
  ['room:list', { limit: 101 }, 'bad_input', /limit/],
  ['direct:open', { user: 'nobody' }, 'no_such_user', /nobody/],
  ['direct:open', { user: '' }, 'bad_input', /user/],
  ['match:find', { user: 'ada' }, 'bad_input', /user/],
  ['match:leave', { room: 'match:1' }, 'bad_input', /room/],
  ['stats:get', { node: 'n1' }, 'bad_input', /node/],
  ['ping', { x: 1 }, 'bad_input', /x/],
  ['room:explode', {}, 'unknown_command', /room:explode/],
  ['__proto__', {}, 'unknown_command', /__proto__/],
  ['constructor', {}, 'unknown_command', /constructor/],
  ['toString', {}, 'unknown_command', /toString/],
  [x(5_000), {}, 'unknown_command', /xxx/],
]

describe('bad input', () => {
  let cluster: TestCluster
  let ada: TestClient
  let witness: TestClient

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2 })
    ada = await TestClient.connect(cluster.urls[0]!, 'Ada')
    witness = await TestClient.connect(cluster.urls[1]!, 'Witness')
    for (const testClient of [ada, witness]) await testClient.emit('room:join', { room })
    await witness.send(room, 'first')
    await ada.send(room, 'second')
    await ada.emit('message:delete', { room, seq: 2 })
    await witness.waitForSeq(room, 3)
  })
  afterAll(() => cluster.close())

  test.each(wrong.map((row) => [title(row), row] as const))('%s', async (_, [name, input, code, names]) => {
    const fault = await ada.requestFault(name, input)
    expect(fault).toMatchObject({ code, retryable: false, message: expect.stringMatching(names) })
    expect(fault.message).toMatch(/^.{1,400}[.!?]$/s)
  })

  test('every command rejects unknown fields', async () => {
    for (const name of Object.keys(commands)) {
      expect(await ada.requestFault(name, { junk: { deep: [[[[Buffer.from('x')]]]] } })).toMatchObject({
        code: 'bad_input',
      })
    }
  })

  test('several arguments, or none without an acknowledgement, do not crash the node', async () => {
    expect(await ada.requestFault('room:join', { room }, { room })).toMatchObject({ code: 'bad_input' })
    for (const name of [...Object.keys(commands), 'nonsense', '']) {
      ada.socket.emit(name)
      ada.socket.emit(name, null)
      ada.socket.emit(name, () => {}, 'x')
    }
    ada.socket.emit('message:send', send({ text: 'without an acknowledgement' }))
    await witness.waitUntil('the message sent without an acknowledgement', () =>
      witness.entries(room).find(({ text }) => text === 'without an acknowledgement'),
    )
  })

  test('a frame above 100 kB ends only its own connection, on both transports', async () => {
    for (const transport of ['websocket', 'polling'] as const) {
      const big = await TestClient.connect(cluster.urls[0]!, 'Big', { transports: [transport] })
      const gone = new Promise<string>((resolve) => big.socket.once('disconnect', resolve))
      big.socket.emit('message:send', send({ text: x(FRAME_MAX_BYTES + 1) }))
      expect(await gone).toMatch(/transport/)
      big.close()
    }
    // The session of a client that keeps polling has ended, too.
    const poll = `${cluster.urls[0]}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(poll)).text()).slice(1)) as { sid: string }
    const post = (body: string) => fetch(`${poll}&sid=${sid}`, { method: 'POST', body })
    expect((await post('40{"name":"Big"}')).status).toBe(200)
    expect((await post(`42["ping","${x(FRAME_MAX_BYTES)}"]`)).status).toBe(413)
    expect(await (await post('3')).json()).toEqual({ code: 1, message: 'Session ID unknown' })
    expect(await ada.emit('ping', {})).toBeDefined()
  })

  test('other clients are not affected', async () => {
    const { seq } = await ada.send(room, 'the end')
    await witness.waitForSeq(room, seq)
    const texts = witness.entries(room).map(({ kind, text }) => text ?? kind)
    expect(texts).toEqual(['first', 'second', 'delete', 'without an acknowledgement', 'the end'])
    expect(witness.received.filter(({ event }) => event === 'session')).toHaveLength(1)
  })
})

describe('rates', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    const env = {
      APPENDS_PER_SECOND: '20',
      APPENDS_BURST: '40',
      COMMANDS_PER_SECOND: '50',
      COMMANDS_BURST: '100',
      GUESTS_PER_SECOND: '20',
      ROOMS_PER_CONNECTION: '3',
    }
    cluster = await startCluster({ nodes: 1, env })
  })
  afterAll(() => cluster.close())

  test('commands above the rate limit are rejected with the time to wait, and succeed afterwards', async () => {
    const eager = await TestClient.connect(cluster.urls[0]!, 'Eager')
    const same = await TestClient.connect(cluster.urls[0]!, 'Eager', { token: eager.token })
    for (const tab of [eager, same]) await tab.emit('room:join', { room })
    // All connections of a user on a node share one token bucket for sends.
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => (i % 2 ? eager : same).request('message:send', send({ text: `${i}` }))),
    )
    const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.fault]))
    expect(refused.length).toBeGreaterThan(5)
    expect(refused.length).toBeLessThanOrEqual(20)
    for (const fault of refused) {
      expect(fault).toMatchObject({ code: 'rate_limited', retryable: true, retryInMs: expect.any(Number) })
    }
    await new Promise((resolve) => setTimeout(resolve, refused.at(-1)!.retryInMs))
    expect(await eager.request('message:send', send({}))).toMatchObject({ ok: true })
    const pings = await Promise.all(Array.from({ length: 150 }, () => eager.request('ping', {})))
    expect(pings.filter(({ ok }) => !ok).length).toBeGreaterThan(10)
    expect(await same.request('ping', {})).toMatchObject({ ok: true })
    for (const tab of [eager, same]) tab.close()
  })

  test('the number of rooms per connection is limited', async () => {
    const wide = await TestClient.connect(cluster.urls[0]!, 'Wide')
    for (const name of ['one', 'two', 'three']) await wide.emit('room:join', { room: name })
    expect(await wide.requestFault('room:join', { room: 'four' })).toMatchObject({ code: 'too_many', retryable: false })
    await wide.emit('room:join', { room: 'two' })
    await wide.emit('room:leave', { room: 'two' })
    await wide.emit('room:join', { room: 'four' })
    wide.close()
  })

  test('more than 20 new guests per second from one address have to wait', async () => {
    const guest = () =>
      fetch(`${cluster.urls[0]}/auth/guest`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"name":"Ada"}',
      })
    const answers = await Promise.all(Array.from({ length: 40 }, guest))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(10)
    expect(refused[0]!.headers.get('retry-after')).toBe('1')
    expect(await refused[0]!.json()).toMatchObject({ ok: false, fault: { code: 'rate_limited', retryable: true } })
    // A client that connects by name meanwhile is admitted as soon as the limit allows, because the SDK retries.
    const patient = await TestClient.connect(cluster.urls[0]!, 'Patient')
    patient.close()
  })
})
