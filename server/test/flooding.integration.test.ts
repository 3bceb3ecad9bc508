import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { type Socket as ClientSocket, io } from 'socket.io-client'
import { REFUSALS_MAX } from '../gateway/engine/inbound.ts'
import { NodeProcess } from './node-process.ts'
import { TestClient } from './person.ts'
import { PollingSession } from './polling-session.ts'
import { frame, HANDSHAKE, RawConnection, upgradeRequest } from './raw.ts'

// Default limits. The node runs in its own process, so that the flooding client does not share its thread.
let node: NodeProcess

beforeAll(async () => {
  node = await NodeProcess.start({ GUESTS_PER_SECOND: '1000', DRAIN_MS: '200' })
}, 60_000)
afterEach(() => TestClient.disconnectAll())
afterAll(() => node.stop())

const PING = '421["ping",{}]'

/** Sends pings continuously, reconnecting when disconnected, until it is stopped. */
class Flood {
  sent = 0
  connections = 0
  #socket: Socket | undefined
  #stopped = false
  readonly #frames = Buffer.concat(Array.from({ length: 500 }, () => frame(PING)))

  async run(port: number): Promise<void> {
    while (!this.#stopped) await this.#connection(port)
  }

  stop(): void {
    this.#stopped = true
    this.#socket?.destroy()
  }

  async #connection(port: number): Promise<void> {
    this.connections++
    const socket = connect(port, '127.0.0.1')
    this.#socket = socket
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(upgradeRequest(`${HANDSHAKE}websocket`))
    const write = () => {
      while (!socket.destroyed && !this.#stopped) {
        this.sent += 500
        if (!socket.write(this.#frames)) return
      }
    }
    let received = ''
    socket.on('drain', write).on('data', (data) => {
      const before = received
      received = (received + data).slice(-4_096)
      const isNew = (text: string) => received.includes(text) && !before.includes(text)
      if (isNew('0{"sid"')) socket.write(frame('40{"name":"Flood"}'))
      if (!isNew('42["session"')) return
      socket.removeAllListeners('data').resume()
      write()
    })
    await closed
  }
}

const nextEvent = <T>(socket: ClientSocket, event: string) => new Promise<T>((resolve) => socket.once(event, resolve))

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith(name))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** The median time of an acknowledged message, in milliseconds. */
async function medianAckMs(testClient: TestClient, count: number): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const begun = performance.now()
    await testClient.send('lobby', `message ${i}`)
    times.push(performance.now() - begun)
    await delay(60)
  }
  return times.sort((one, other) => one - other)[Math.floor(count / 2)]!
}

test('a client that floods a WebSocket does not prevent others from sending, presence, and connecting', async () => {
  const ada = await TestClient.connect(node.url, 'Ada')
  await ada.emit('room:join', { room: 'lobby' })
  const quiet = await medianAckMs(ada, 20)
  const closedBefore = await metric('hubbub_disconnected_total')
  const flood = new Flood()
  const flooding = flood.run(node.port)
  try {
    const newcomers = ['Bob', 'Cyd', 'Dan'].map(async (name) => {
      const person = await TestClient.connect(node.url, name)
      return person.emit('room:join', { room: 'lobby' })
    })
    const loud = await medianAckMs(ada, 30)
    // Without the limit, latency was two thousand times as high.
    expect(loud).toBeLessThan(10 * quiet + 100)
    for (const { members } of await Promise.all(newcomers)) expect(members.map(({ name }) => name)).toContain('Ada')
  } finally {
    flood.stop()
    await flooding
  }
  expect(flood.sent).toBeGreaterThan(1_000)
  // The flooding client reconnected after each disconnection, and was counted.
  expect(flood.connections).toBeGreaterThan(1)
  expect(await metric('hubbub_disconnected_total')).toBeGreaterThan(closedBefore)
}, 60_000)

test('a post is answered when its packets have been processed; a client that keeps flooding is disconnected', async () => {
  const ada = await TestClient.connect(node.url, 'Ada')
  const session = await PollingSession.open(node.port, ada.token)
  // Within the budget, all commands are answered before the request is.
  await session.send(PING, PING.replace('421', '422'))
  await session.waitFor(/43[12]\[/, 2)
  // 90 kB of packets: one response, then the session ends.
  const answer = await session.post(Array.from({ length: 5_000 }, () => PING).join('\x1e'))
  expect(answer).toContain('200 OK')
  expect(await session.post('3')).toContain('400 Bad Request')
  await session.polls.reset()
  await session.posts.reset()
})

test('a client that exceeds the limit gets increasing times to wait, and is not disconnected', async () => {
  const ada = await TestClient.connect(node.url, 'Ada')
  const answers = await Promise.all(Array.from({ length: 100 + REFUSALS_MAX / 2 }, () => ada.request('ping', {})))
  const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.fault]))
  expect(refused.length).toBeGreaterThan(50)
  for (const fault of refused) expect(fault).toMatchObject({ code: 'rate_limited', retryable: true })
  const waits = refused.map(({ retryInMs }) => retryInMs!)
  expect(waits).toEqual([...waits].sort((one, other) => one - other))
  expect(new Set(waits).size).toBeGreaterThan(waits.length / 2)
  await delay(waits.at(-1)!)
  expect(await ada.emit('ping', {})).toHaveProperty('serverTime')
})

test('a stock client that is disconnected for flooding reconnects as the same user', async () => {
  const ada = await TestClient.connect(node.url, 'Ada')
  const socket = io(node.url, { auth: { token: ada.token }, transports: ['websocket'], reconnectionDelay: 50 })
  await nextEvent(socket, 'session')
  const left = nextEvent(socket, 'disconnect')
  for (let i = 0; i < 5_000; i++) socket.emit('ping', {})
  await left
  const session = await nextEvent<{ user: { id: string } }>(socket, 'session')
  expect(session.user.id).toBe(ada.user.id)
  expect(await socket.emitWithAck('ping', {})).toMatchObject({ ok: true })
  socket.disconnect()
})

test.each(['3', '430[]', '40/nowhere,', '4', '2probe'])(
  'packets that are not commands, such as %s, are rate limited',
  async (packet) => {
    const before = await metric('hubbub_disconnected_total')
    const ada = await TestClient.connect(node.url, 'Ada')
    const rawConnection = await RawConnection.open(node.port)
    rawConnection.write(upgradeRequest(`${HANDSHAKE}websocket`))
    await rawConnection.waitFor('0{"sid"')
    rawConnection.write(frame(`40${JSON.stringify({ token: ada.token })}`))
    await rawConnection.waitFor('42["session"')
    for (let i = 0; i < 2_000; i++) rawConnection.write(frame(packet))
    await rawConnection.waitForEnd()
    expect(await ada.emit('ping', {})).toHaveProperty('serverTime')
    if (packet !== '4' && packet !== '2probe') expect(await metric('hubbub_disconnected_total')).toBe(before + 1)
  },
)
