import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { KEEP_ALIVE_MS, PING_INTERVAL_MAX_MS } from '../../protocol/limits.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { NodeProcess } from './node-process.ts'
import { TestClient } from './person.ts'
import { get, PollingSession } from './polling-session.ts'
import { frame, HANDSHAKE, RawConnection, upgradeRequest } from './raw.ts'

/** Regressions found by fuzzing, see raw-frames.integration.test.ts. */
describe('a session', () => {
  let cluster: TestCluster
  let port: number
  let token: string
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 1, store: 'embedded' })
    port = Number(new URL(cluster.urls[0]!).port)
    token = (await TestClient.connect(cluster.urls[0]!, 'Ada')).token
  })
  afterAll(() => cluster.close())

  test('an event with a numeric name or without a name is not a command', async () => {
    const raw = await RawConnection.webSocket(port, { token })
    raw.write(frame('42'), frame('421'), frame('422[7,{}]'))
    await raw.waitFor('432[{"ok":false,"fault":{"code":"unknown_command"')
    await raw.finish()
    expect(await cluster.metrics.registry.metrics()).not.toContain('code="unavailable"')
  })

  test('gets a keep-alive time in poll responses that is longer than the ping interval', async () => {
    const { headers } = await fetch(`${cluster.urls[0]}${HANDSHAKE}`)
    expect(headers.get('keep-alive')).toBe(`timeout=${KEEP_ALIVE_MS / 1_000}`)
    expect(KEEP_ALIVE_MS).toBeGreaterThan(PING_INTERVAL_MAX_MS)
  })

  test.each(['7', '{"toString":"x"}', 'null', '[[]]'])('a token that is %s is rejected permanently', async (odd) => {
    const raw = await RawConnection.webSocket(port)
    raw.write(frame(`40{"token":${odd}}`))
    await raw.waitFor(/44\{.*"code":"unauthorized"/)
    await raw.finish()
  })

  test('accepts one CONNECT, and ends on DISCONNECT', async () => {
    const connect = frame(`40${JSON.stringify({ token })}`)
    const many = await RawConnection.webSocket(port)
    many.write(connect, connect, connect)
    await many.waitFor(CLOSED)
    expect(many.received).not.toContain('42["session"')
    const leaving = await RawConnection.webSocket(port, { token })
    leaving.write(frame('41'))
    await leaving.waitFor(CLOSED)
    await Promise.all([many.finish(), leaving.finish()])
  })

  test('on WebSocket rejects HTTP requests', async () => {
    const raw = await RawConnection.webSocket(port, { token })
    const [, sid] = /"sid":"([^"]+)"/.exec(raw.received)!
    const other = await RawConnection.open(port)
    other.write(get(`${HANDSHAKE}websocket&sid=${sid}`))
    expect(await other.nextResponse()).toMatch(/^HTTP\/1\.1 400 .*"bad_input"/s)
    await Promise.all([raw.finish(), other.finish()])
  })
})

describe('a node', () => {
  let node: NodeProcess
  afterEach(() => node.stop())

  test('releases the memory of clients that it rejects temporarily', async () => {
    node = await NodeProcess.start({ GUESTS_PER_SECOND: '1' })
    const before = await node.measure()
    const comeAndGo = async () => {
      const raw = await RawConnection.webSocket(node.port)
      raw.write(frame(`40{"name":"Ada","more":"${'x'.repeat(90_000)}"}`))
      await raw.waitFor(/\x88\0|42\["session"/)
      await raw.finish()
    }
    // Each rejection is delayed by a second.
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 20 }, comeAndGo))
    const after = await node.measure()
    expect(after.heapBytes - before.heapBytes).toBeLessThan(5_000_000)
  })

  test('ends a session that causes much output before CONNECT', async () => {
    node = await NodeProcess.start({})
    const session = await PollingSession.open(node.port)
    expect(await session.post(Array(10_000).fill('40/x,').join('\x1e'))).toMatch(/^HTTP\/1\.1 200/)
    expect(await session.post('3')).toMatch(/Session ID unknown/)
    await Promise.all([session.polls.finish(), session.posts.finish()])
  })

  test('pings at the configured interval and closes connections that do not answer in time', async () => {
    node = await NodeProcess.start({ PING_INTERVAL_MS: '1000', PING_TIMEOUT_MS: '2000' })
    const [webSocket, plain] = await Promise.all([RawConnection.webSocket(node.port), RawConnection.open(node.port)])
    plain.write(upgradeRequest('/ws'))
    await webSocket.waitFor('"pingInterval":1000,"pingTimeout":2000')
    const began = performance.now()
    await Promise.all([webSocket.waitFor('\x81\x012'), plain.waitFor('\x89\0')])
    await webSocket.waitFor(CLOSED)
    expect(performance.now() - began).toBeGreaterThan(2_500)
    expect(performance.now() - began).toBeLessThan(9_000)
    await Promise.all([webSocket.reset(), plain.reset()])
  })

  test('does not wait for unresponsive clients when it closes', async () => {
    node = await NodeProcess.start({ DRAIN_MS: '0' })
    const silent = await RawConnection.webSocket(node.port)
    const began = performance.now()
    await node.stop()
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(node.errors).toEqual([])
    await silent.reset()
  })

  test('that is draining rejects requests with an empty sid', async () => {
    node = await NodeProcess.start({ DRAIN_MS: '3000' })
    const held = await Promise.all([1, 2, 3].map(() => RawConnection.webSocket(node.port)))
    const stopping = node.stop()
    await held[0]!.waitFor(CLOSED)
    const late = await RawConnection.open(node.port)
    late.write(get(`${HANDSHAKE}polling&sid=`))
    expect(await late.nextResponse()).toMatch(/^HTTP\/1\.1 503 /)
    await Promise.all([...held, late].map((rawConnection) => rawConnection.reset()))
    await stopping
  })
})

/** A WebSocket close frame without a code. */
const CLOSED = '\x88\0'
