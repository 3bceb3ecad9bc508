import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { startCluster, type TestCluster } from '../test/cluster.ts'
import { DialectClient } from '../test/dialect-client.ts'
import { TestClient } from '../test/person.ts'

const AN_ISO_TIME = '"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"'

let cluster: TestCluster
let n1: string
let n2: string
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
  ;[n1, n2] = cluster.urls as [string, string]
})
afterEach(() => {
  DialectClient.disconnectAll()
  TestClient.disconnectAll()
})
afterAll(() => cluster.close())

/** Connects a client and waits for its welcome. */
async function connect(url: string): Promise<{ client: DialectClient; id: string }> {
  const dialectClient = await DialectClient.connect(`${url}/ws/events`)
  const [welcome] = await dialectClient.waitForMessages(1)
  return { client: dialectClient, id: JSON.parse(welcome!).client_id }
}

/** All received frames, with placeholders for times and ids. */
const frames = ({ received }: DialectClient) =>
  received.map((frame) =>
    frame
      .replaceAll(new RegExp(AN_ISO_TIME, 'g'), '<time>')
      .replaceAll(/(client_id|from_client)":"[a-z0-9]{20}"/g, '$1":<id>'),
  )

test('speaks the protocol of the original server byte for byte', async () => {
  const { client: one, id } = await connect(n1)
  const { client: other } = await connect(n2)
  one.send('{"type":"chat","sender":"Ann","content":"hi <all>","timestamp":"2024-01-01T00:00:00"}')
  await one.waitForMessages(2)
  await other.waitForMessages(2)
  other.send('{"content":"no type, no name"}')
  await one.waitForMessages(3)
  await other.waitForMessages(3)
  one.send('{"type":"ping","client_id":"x","timestamp":1722.25}', '{"type":"ping"}', 'what?', '{"type":"dance"}', '[]')
  one.send('{"type":"custom","action":"fly"}', '{"type":"chat","content":{"no":"text"}}')
  await one.waitForMessages(10)

  const name = (await other.waitFor(/no type/)).match(/"sender":"(Guest \w{4})"/)![1]!
  const chat = (sender: string, content: string, echo = '') =>
    `{"type":"chat","client_id":<id>,"sender":"${sender}","content":"${content}","timestamp":<time>${echo}}`
  const welcome = '{"type":"welcome","client_id":<id>,"message":"Welcome to the WebSocket server!","timestamp":<time>}'
  expect(frames(other)).toEqual([welcome, chat('Ann', 'hi <all>'), chat(name, 'no type, no name', ',"echo":true')])
  expect(frames(one)).toEqual([
    welcome,
    chat('Ann', 'hi <all>', ',"echo":true'),
    chat(name, 'no type, no name'),
    expect.stringMatching(/^\{"type":"pong","client_id":<id>,"timestamp":1722.25,"server_time":\d{10}(\.\d{1,3})?\}$/),
    expect.stringMatching(/^\{"type":"pong","client_id":<id>,"timestamp":<time>,"server_time":\d{10}(\.\d{1,3})?\}$/),
    '{"type":"error","message":"Invalid JSON format"}',
    '{"type":"error","message":"Unknown message type"}',
    '{"type":"error","message":"Invalid JSON format"}',
    '{"type":"error","message":"Unknown message type"}',
    '{"type":"error","message":"Invalid JSON format"}',
  ])
  expect(one.received[3]).toContain(`"client_id":"${id}"`)
})

test('delivers a broadcast with its recipient count to others, and acknowledges it', async () => {
  const ada = await TestClient.connect(n2, 'Ada')
  await ada.emit('room:join', { room: 'lobby' })
  const { client: one, id } = await connect(n1)
  const { client: other } = await connect(n2)
  const plain = await DialectClient.connect(`${n1}/ws`)
  await ada.waitFor('presence', ({ online }) => online === 4)
  one.send('{"type":"broadcast","message":"to all","from":"Ann","timestamp":1}')
  await one.waitForMessages(2)
  await other.waitForMessages(2)
  const rest = '"from_client":<id>,"message":"to all","timestamp":<time>,"recipients":3}'
  expect(frames(one)[1]).toBe(`{"type":"broadcast_ack",${rest}`)
  expect(frames(other)[1]).toBe(`{"type":"broadcast",${rest}`)
  await plain.waitFor('to all')
  await ada.waitUntil('the broadcast', () => ada.entries('lobby').find(({ text }) => text === 'to all'))
  expect(ada.entries('lobby').at(-1)!.by).toEqual({ id, name: 'Ann' })
})

test('renames a client to its sender name if that is valid, under the same id', async () => {
  const ada = await TestClient.connect(n2, 'Ada')
  await ada.emit('room:join', { room: 'lobby' })
  const { client, id } = await connect(n1)
  for (const sender of ['"Ann"', '"\\u202Eevil"', '7', '""', 'null', `"${'x'.repeat(60)}"`]) {
    client.send(`{"type":"chat","sender":${sender},"content":"hello"}`)
  }
  await ada.waitUntil('six messages', () => (ada.entries('lobby').length === 6 ? true : undefined))
  expect(ada.entries('lobby').map(({ by }) => by)).toEqual(
    ['Ann', 'Ann', '7', '7', '7', 'x'.repeat(40)].map((name) => ({ id, name })),
  )
  const { members } = await ada.emit('members:read', { room: 'lobby' })
  expect(members.filter((member) => member.id === id)).toEqual([{ id, name: 'x'.repeat(40), status: 'online' }])
})

test('reports statistics of the whole cluster, also in the heartbeat', async () => {
  const ada = await TestClient.connect(n2, 'Ada')
  const { client: one } = await connect(n1)
  const { client: two } = await connect(n2)
  // Nodes report their connections once per second.
  for (;;) {
    const { connections } = await ada.emit('stats:get', {})
    if (connections === 3) break
  }
  const heartbeat = await one.waitFor(/^\{"type":"heartbeat"/)
  expect(heartbeat).toMatch(
    new RegExp(`^\\{"type":"heartbeat","timestamp":${AN_ISO_TIME},"server_status":"running","connected_clients":3\\}$`),
  )
  two.send('{"type":"custom","action":"get_stats","client_id":"x"}')
  const stats = await two.waitFor(/"stats"/)
  expect(stats).toMatch(
    /^\{"type":"stats","connected_clients":3,"server_uptime":[\d.]+,"total_messages":\d+,"timestamp":"[^"]+"\}$/,
  )
  const { totals, nodes } = await ada.emit('stats:get', {})
  const { total_messages, server_uptime } = JSON.parse(stats)
  expect(total_messages).toBe(totals!.messages)
  expect(Math.abs(server_uptime - Math.max(...nodes.map(({ uptimeMs }) => uptimeMs)) / 1_000)).toBeLessThan(5)
}, 30_000)

test('sends replies and echoes in the order of the requests', async () => {
  const { client } = await connect(n1)
  const requests = Array.from({ length: 30 }, (_, i) => [
    `{"content":"${i}"}`,
    `{"type":"ping","timestamp":${i}}`,
    `{"type":"nothing ${i}"}`,
    `{"content":""}`,
  ])
  client.send(...requests.flat())
  const answers = (await client.waitForMessages(1 + 4 * 30)).slice(1).map((frame) => JSON.parse(frame))
  expect(answers.map(({ type, content, timestamp }) => [type, type === 'pong' ? timestamp : content])).toEqual(
    requests.flatMap((_, i) => [
      ['chat', `${i}`],
      ['pong', i],
      ['error', undefined],
      ['chat', ''],
    ]),
  )
})

test('answers a ping with the most deeply nested timestamp, and keeps the connection open', async () => {
  const { client } = await connect(n1)
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const depth = Math.floor(16_000 / (open.length + close.length))
    client.send(`{"type":"ping","timestamp":${open.repeat(depth)}1${close.repeat(depth)}}`)
  }
  client.send('{"type":"ping","timestamp":"last"}')
  await client.waitFor(/"last"/)
  expect(client.received).toHaveLength(4)
})
