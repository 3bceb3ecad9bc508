import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { ROOT } from '../../server/local/root.ts'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { TestClient } from '../../server/test/person.ts'
import { readArguments } from './arguments.ts'
import { demo } from './demo.ts'
import { EventsClient, type Message } from './events-client.ts'
import { stress } from './stress.ts'

let cluster: TestCluster
let url: string
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, store: 'embedded' })
  url = cluster.urls[0]!.replace('http', 'ws').concat('/ws/events')
})
afterAll(() => cluster.close())

const printed: string[] = []
const log = jest.spyOn(console, 'log').mockImplementation((line) => void printed.push(line))
afterAll(() => log.mockRestore())
afterEach(() => void printed.splice(0))

const args = (...argv: string[]) => readArguments([...argv, '--url', url])!

test('the demo prints every message type', async () => {
  await demo(args('--name', 'Ann'))
  const types = printed.map((line) => /"type":"(\w+)"/.exec(line)?.[1])
  expect(types).toEqual([
    'welcome',
    'welcome',
    'chat',
    'chat',
    'broadcast_ack',
    'broadcast',
    'pong',
    'error',
    'heartbeat',
    'stats',
  ])
})

test('under stress, every client receives every message', async () => {
  await stress(args('stress', '--clients', '12', '--messages', '20', '--bytes', '2000'))
  expect(printed.at(-1)).toMatch(/^2880 of 2880 deliveries, \d+\/s; 0 connections lost$/)
})

test('a disconnected client reconnects and sends queued messages', async () => {
  const ada = await TestClient.connect(cluster.urls[1]!, 'Ada')
  await ada.emit('room:join', { room: 'lobby' })
  const client = new EventsClient(url, 'Ann')
  const received: Message[] = []
  client.setMessageCallback((message) => received.push(message))
  const { client_id } = await client.connect()
  expect(client.clientId).toBe(client_id)
  const lost = once(client, 'disconnected')
  const back = once(client, 'connected')
  // The server closes the connection on a message that is too large.
  client.sendMessage({ type: 'chat', content: 'x'.repeat(20_000) })
  expect(await lost).toEqual([1009])
  client.sendChatMessage('I am back')
  await back
  await ada.waitUntil('the message', () => ada.entries('lobby').find(({ text }) => text === 'I am back'))
  expect(client.clientId).not.toBe(client_id)
  client.close()
  TestClient.disconnectAll()
})

test('300 lines piped into the chat are delivered, at the default rates', async () => {
  const own = await startCluster({
    nodes: 1,
    store: 'embedded',
    env: { APPENDS_PER_SECOND: '20', APPENDS_BURST: '40' },
  })
  const ada = await TestClient.connect(own.urls[0]!, 'Ada')
  await ada.emit('room:join', { room: 'lobby' })
  const lines = Array.from({ length: 300 }, (_, i) => `${i + 1}`)
  const address = own.urls[0]!.replace('http', 'ws').concat('/ws/events')
  const chat = spawn(process.execPath, [join(ROOT, 'dist/client/events/main.js'), 'chat', '--url', address], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  chat.stdin.end(lines.map((line) => `${line}\n`).join(''))
  expect(await once(chat, 'exit')).toEqual([0, null])
  await ada.waitUntil('the last line', () => ada.entries('lobby').find(({ text }) => text === '300'))
  expect(ada.entries('lobby').map(({ text }) => text)).toEqual(lines)
  await own.close()
}, 30_000)

test('rejects with a message when there is no server', async () => {
  await expect(new EventsClient('ws://127.0.0.1:1').connect(300)).rejects.toThrow(/No response from ws:/)
})

test.each([
  [['dance'], /Unknown mode "dance"/],
  [['--clients', '1'], /--clients must be an integer from 2 to 1000, not "1"/],
  [['--url', 'http://x'], /--url must be an address/],
])('%j is a usage error', (argv, sentence) => {
  expect(() => readArguments(argv)).toThrow(sentence)
})
