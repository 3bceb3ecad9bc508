import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, get, type IncomingHttpHeaders, request } from 'node:http'
import { connect as dial } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { io, type Socket } from 'socket.io-client'
import { Edge, FakeNode } from './test-edge.ts'

const TRANSPORTS = [['polling'], ['websocket'], ['polling', 'websocket']]
const HANDSHAKE = '/socket.io/?EIO=4&transport=polling'
const WORKERS = 2
/** Lifetime of a cached probe response, see nginx.conf.template. */
const PROBE_CACHE_MS = 500
const UPGRADE_HEADERS = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

let nodes: FakeNode[]
let edge: Edge
let clients: Socket[]

beforeEach(async () => {
  nodes = await Promise.all(['n1', 'n2', 'n3'].map((name) => FakeNode.start(name)))
  edge = await Edge.start(
    nodes.map((node) => node.address),
    { WORKERS: `${WORKERS}` },
  )
  clients = []
})

afterEach(async () => {
  for (const client of clients) client.close()
  await edge.stop()
  for (const node of nodes) node.kill()
})

describe('a client address', () => {
  const restart = async (env: Record<string, string>) => {
    await edge.stop()
    edge = await Edge.start(
      nodes.map((node) => node.address),
      { WORKERS: '1', ...env },
    )
  }
  const sendUnfinished = async (...chunks: string[]) => {
    const socket = dial(edge.port, '127.0.0.1').on('error', () => {})
    for (const chunk of chunks) socket.write(chunk)
    socket.resume()
    // The connection may end by a reset.
    await new Promise((resolve) => socket.once('close', resolve))
  }

  test('is limited to ADDRESS_CONNECTIONS connections; further ones get a 503 with Retry-After', async () => {
    await restart({ ADDRESS_CONNECTIONS: '2' })
    await connect(['websocket'])
    await connect(['websocket'])
    for (const path of [HANDSHAKE, `${HANDSHAKE}&sid=n1.AAAAAAAAAAAAAAAAAAAA`]) {
      const { status, headers, body } = await ask(path)
      expect({ status, after: headers['retry-after'] }).toEqual({ status: 503, after: '5' })
      expect(JSON.parse(body).fault).toMatchObject({ code: 'unavailable', retryable: true })
    }
    expect((await ask(HANDSHAKE.replace('polling', 'websocket'), { headers: UPGRADE_HEADERS })).status).toBe(503)
    clients[0]!.close()
    while ((await ask('/')).status === 503) await delay(20)
  })

  test('has no limit with ADDRESS_CONNECTIONS=0', async () => {
    await restart({ ADDRESS_CONNECTIONS: '0' })
    expect(readFileSync(join(edge.runDir, 'nginx.conf'), 'utf8')).not.toMatch(/^ *limit_conn /m)
    expect((await ask('/')).status).toBe(200)
  })

  test('is disconnected if it sends headers or a body too slowly', async () => {
    await restart({ HEADER_TIMEOUT: '1s', BODY_TIMEOUT: '1s' })
    await sendUnfinished('GET / HTTP/1.1\r\nHost: a\r\n')
    await sendUnfinished('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n', '{')
  })
})

describe('a session', () => {
  test('stays on its node, on both transports and during the upgrade', async () => {
    const connected = await Promise.all(Array.from({ length: 30 }, (_, i) => connect(TRANSPORTS[i % 3]!)))
    for (const { client, node } of connected) {
      const upgraded = client.io.opts.transports?.length === 2
      if (upgraded && client.io.engine.transport.name !== 'websocket') await once(client.io.engine as never, 'upgrade')
      const answers = await Promise.all(Array.from({ length: 5 }, () => client.emitWithAck('where')))
      expect(new Set(answers)).toEqual(new Set([node]))
    }
    expect(new Set(connected.map(({ node }) => node))).toEqual(new Set(['n1', 'n2', 'n3']))
  })

  test('of an unknown node gets "Session ID unknown" at once, for any request', async () => {
    const sid = '&sid=unknown.AAAAAAAAAAAAAAAAAAAA'
    for (const answer of [
      await ask(HANDSHAKE + sid),
      await ask(HANDSHAKE + sid, { method: 'POST', body: '42["hello"]' }),
      await ask(HANDSHAKE.replace('polling', 'websocket') + sid, { headers: UPGRADE_HEADERS }),
      await ask(`${HANDSHAKE}&sid=nonsense`),
    ]) {
      expect(answer).toMatchObject({ status: 400, body: '{"code":1,"message":"Session ID unknown"}' })
      expect(answer.afterMs).toBeLessThan(500)
    }
  })

  test('of a dead node is replaced by a new one within 2 s, on both transports', async () => {
    const connected = await Promise.all(TRANSPORTS.map((transports) => connect(transports)))
    const killed = nodes[0]!
    const affected = connected.filter(({ node }) => node === killed.name)
    const startedAt = Date.now()
    killed.kill()
    expect(await ask(`${HANDSHAKE}&sid=n1.AAAAAAAAAAAAAAAAAAAA`)).toMatchObject({ status: 400 })
    // Its clients are disconnected at once; a stock client's first retry is after at most 1.5 s.
    for (const { client } of affected) await once(client as never, 'session')
    expect(Date.now() - startedAt).toBeLessThan(2_000)
    const { node, afterMs } = await connect(['polling'])
    expect(node).not.toBe('n1')
    expect(afterMs).toBeLessThan(2_000)
  })
})

describe('a new session', () => {
  test('is balanced: of 300 from one address, no node gets more than 45 %', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 20 })
    await Promise.all(Array.from({ length: 150 }, () => ask(HANDSHAKE, { agent })))
    const connected = await Promise.all(Array.from({ length: 150 }, () => connect(['websocket'])))
    agent.destroy()
    expect(connected).toHaveLength(150)
    for (const node of nodes) expect(node.sessionCount).toBeLessThanOrEqual(0.45 * 300)
    expect(nodes.reduce((sum, node) => sum + node.sessionCount, 0)).toBe(300)
  })

  test('does not go to a node that is not ready, which keeps its existing sessions', async () => {
    const connected = await Promise.all(Array.from({ length: 9 }, () => connect(['polling'])))
    const [draining] = nodes
    draining!.ready = false
    await edge.waitForLine(/n1=\S+ \(waiting\)/)
    const before = draining!.sessionCount
    await Promise.all(Array.from({ length: 30 }, (_, i) => connect(TRANSPORTS[i % 3]!)))
    expect(draining!.sessionCount).toBe(before)
    for (const { client, node } of connected) expect(await client.emitWithAck('where')).toBe(node)

    const mark = edge.lineCount
    draining!.ready = true
    await edge.waitForLine(/n1=\S+ \(ready\)/, mark)
    while (draining!.sessionCount === before) await connect(['websocket'])
  })

  test('does not wait for a frozen node', async () => {
    nodes[1]!.frozen = true
    await delay(PROBE_CACHE_MS)
    const connected = await Promise.all(Array.from({ length: 30 }, (_, i) => connect(TRANSPORTS[i % 3]!)))
    for (const { node, afterMs } of connected) {
      expect(node).not.toBe('n2')
      expect(afterMs).toBeLessThan(5_000)
    }
    await edge.waitForLine(/n2=\S+ \(silent\)/)
    // Once nginx has reloaded, no request is sent to the frozen node.
    const anySlow = async () => {
      const connected = await Promise.all(Array.from({ length: 9 }, () => connect(['polling'])))
      return connected.some(({ afterMs }) => afterMs >= 1_000)
    }
    while (await anySlow());
  })

  test('goes to another node if the node that answered the probe has died since', async () => {
    await Promise.all(Array.from({ length: 30 }, () => connect(['websocket'])))
    nodes[1]!.kill()
    const answers = await Promise.all(Array.from({ length: 30 }, () => handshake()))
    expect(new Set(answers)).toEqual(new Set([101]))
  })

  test('gets the error `unavailable` if no node is ready', async () => {
    for (const node of nodes) node.ready = false
    await edge.waitForLine(/n1=\S+ \(waiting\) n2=\S+ \(waiting\) n3=\S+ \(waiting\)/)
    for (const node of nodes) node.kill()
    for (const headers of [{}, UPGRADE_HEADERS]) {
      const answer = await ask(HANDSHAKE, { headers })
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1', 'content-type': 'application/json' } })
      expect(JSON.parse(answer.body)).toEqual({
        ok: false,
        fault: { code: 'unavailable', message: expect.any(String), retryable: true, retryInMs: 1_000 },
      })
    }
  })
})

describe('the list of nodes', () => {
  test('adds a node that starts later without closing any connection', async () => {
    const connected = await Promise.all(TRANSPORTS.map((transports) => connect(transports)))
    const lost = connected.filter(({ node }) => node === 'n3')
    nodes[2]!.kill()
    await edge.waitForLine(/n3=\S+ \(silent\)/)
    for (const { client } of lost) client.close()

    const mark = edge.lineCount
    nodes[2] = await FakeNode.start('n4', nodes[2]!.port)
    await edge.waitForLine(/n4=\S+ \(ready\)/, mark)
    while (nodes[2]!.sessionCount === 0) await connect(['polling'])
    for (const { client, node } of connected) {
      if (node !== 'n3') expect(await client.emitWithAck('where')).toBe(node)
    }
    expect(await ask(`${HANDSHAKE}&sid=n3.AAAAAAAAAAAAAAAAAAAA`)).toMatchObject({ status: 400 })
  })

  test('ignores a second node with the same name', async () => {
    const mark = edge.lineCount
    nodes[2]!.kill()
    nodes[2] = await FakeNode.start('n1', nodes[2]!.port)
    await edge.waitForLine(/has the name n1, which another node has already/, mark)
    await ask(HANDSHAKE)
    expect(readFileSync(join(edge.runDir, 'nodes.conf'), 'utf8').match(/upstream node_n1 /g)).toHaveLength(1)
  })
})

describe('a request', () => {
  test('of a poll reuses an open connection to the node', async () => {
    const { client, node } = await connect(['polling'])
    const serving = nodes.find(({ name }) => name === node)!
    const before = serving.connectionCount
    // Each needs a POST, and a GET that returns the answer.
    for (let i = 0; i < 200; i += 1) await client.emitWithAck('where')
    // edge.sh itself opens a connection for /readyz every half second.
    expect(serving.connectionCount - before).toBeLessThan(20)
  })

  test('for a WebSocket is preceded by a probe on an open connection', async () => {
    const connected: string[] = []
    for (let i = 0; i < 30; i++) connected.push((await connect(['websocket'])).node)
    expect(new Set(connected)).toEqual(new Set(['n1', 'n2', 'n3']))
    // One per worker and node, unless nginx reloads meanwhile.
    const probeConnections = nodes.reduce((sum, node) => sum + node.probeConnections.size, 0)
    expect(probeConnections).toBeGreaterThan(0)
    expect(probeConnections).toBeLessThan(connected.length / 2)
  })

  test('for a WebSocket releases the cached probe response', async () => {
    for (let i = 0; i < 30; i++) await connect(['websocket'])
    // Otherwise long-lived WebSockets would fill the cache until no new one can be accepted.
    const open = edge.openFiles()
    // Each WebSocket has two connections.
    expect(open.filter((path) => path.startsWith('socket:')).length).toBeGreaterThan(60)
    expect(open.filter((path) => path.includes('/answers/'))).toEqual([])
  })

  test('for a WebSocket uses the probe response of others in the same half second', async () => {
    const startedAt = Date.now()
    const statuses = await Promise.all(Array.from({ length: 300 }, handshake))
    expect(new Set(statuses)).toEqual(new Set([101]))
    const periods = Math.ceil((Date.now() - startedAt) / PROBE_CACHE_MS) + 1
    const probes = nodes.reduce((sum, node) => sum + node.probes, 0)
    expect(probes).toBeLessThanOrEqual(16 * periods)
    expect(probes).toBeLessThan(150)
  })

  test('cannot forge its address in X-Forwarded headers', async () => {
    const forged = { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'gopher', 'X-Forwarded-Port': '1' }
    const { body } = await ask('/', { headers: { ...forged, 'X-Forwarded-Host': 'evil', Forwarded: 'for=6.6.6.6' } })
    const { headers } = nodes.find(({ name }) => body.endsWith(name))!
    expect(headers).toMatchObject({
      host: `127.0.0.1:${edge.port}`,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': `${edge.port}`,
    })
    expect(headers).not.toHaveProperty('x-forwarded-host')
    expect(headers).not.toHaveProperty('forwarded')
  })

  test.each(['/metrics', '/Metrics/', '//metrics', '/%6detrics', '/metrics?x=1'])(
    'for %s is not forwarded to a node',
    async (path) => {
      const answer = await ask(path)
      expect(answer.status).toBe(404)
      expect(JSON.parse(answer.body)).toMatchObject({ ok: false, fault: { code: 'not_found' } })
    },
  )

  test('is rejected by nginx only if it is far too large', async () => {
    const post = (bytes: number) => ask('/', { method: 'POST', body: '4'.repeat(bytes) })
    expect(await post(1_200_000)).toMatchObject({ status: 413, body: expect.stringContaining('too_large') })
    expect(await post(900_000)).toMatchObject({ status: 200 })
  })

  test.each([[{}], [{ 'Transfer-Encoding': 'chunked' }], [{ Origin: 'https://elsewhere.example' }]])(
    'that is far too large ends its session and no other (%j)',
    async (headers) => {
      const { client, node } = await connect(['polling'])
      const session = `${HANDSHAKE}&sid=${JSON.parse((await ask(HANDSHAKE)).body.slice(1)).sid}`
      const answer = await ask(session, { method: 'POST', body: '4'.repeat(1_500_000), headers })
      expect(answer).toMatchObject({ status: 413, body: expect.stringContaining('too_large') })
      expect(await ask(session)).toMatchObject({ status: 400, body: expect.stringContaining('"code":1,') })
      expect(await client.emitWithAck('where')).toBe(node)
    },
  )
})

describe('edge.sh', () => {
  test('configures the workers and connections of nginx, and enough open files', async () => {
    const other = await Edge.start([nodes[0]!.address], { WORKERS: '3', CONNECTIONS: '700' })
    const conf = readFileSync(join(other.runDir, 'nginx.conf'), 'utf8')
    await other.stop()
    expect(conf).toContain('worker_processes 3;')
    expect(conf).toContain('worker_connections 700;')
    expect(Number(/worker_rlimit_nofile (\d+);/.exec(conf)?.[1])).toBeGreaterThanOrEqual(700)
  })

  test('exits when nginx exits', async () => {
    process.kill(Number(readFileSync(join(edge.runDir, 'nginx.pid'), 'utf8')), 'SIGTERM')
    expect(await edge.ended).toBe(1)
    expect(edge.output).toMatch(/nginx exited/)
  })

  test('stops nginx on SIGTERM, also with open connections', async () => {
    const connected = await Promise.all(TRANSPORTS.map((transports) => connect(transports)))
    const disconnected = connected.map(({ client }) => once(client as never, 'disconnect').then(() => client.close()))
    const nginx = Number(readFileSync(join(edge.runDir, 'nginx.pid'), 'utf8'))
    const startedAt = Date.now()
    edge.kill('SIGTERM')
    expect(await edge.ended).toBe(0)
    expect(Date.now() - startedAt).toBeLessThan(4_000)
    expect(() => process.kill(nginx, 0)).toThrow()
    await Promise.all(disconnected)
  })
})

/** A connected client, its node, and the time that connecting took. */
async function connect(transports: string[]): Promise<{ client: Socket; node: string; afterMs: number }> {
  const startedAt = Date.now()
  const client = io(edge.url, { transports, forceNew: true })
  clients.push(client)
  const { node } = await new Promise<{ node: string }>((resolve) => client.once('session', resolve))
  return { client, node, afterMs: Date.now() - startedAt }
}

/** The status of a new WebSocket's handshake. */
function handshake(): Promise<number | undefined> {
  const options = {
    host: '127.0.0.1',
    port: edge.port,
    path: '/socket.io/?EIO=4&transport=websocket',
    headers: UPGRADE_HEADERS,
  }
  return new Promise((resolve, reject) => {
    const outgoing = get(options, ({ statusCode }) => resolve(statusCode))
    outgoing.once('upgrade', ({ statusCode }, socket) => {
      resolve(statusCode)
      socket.destroy()
    })
    outgoing.once('error', reject)
  })
}

interface Answer {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: string
  afterMs: number
}

function ask(
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
    agent,
  }: { method?: string; headers?: object; body?: string; agent?: Agent } = {},
): Promise<Answer> {
  const startedAt = Date.now()
  return new Promise((resolve, reject) => {
    // Passed as a string, so that the path is not normalized.
    const options = { host: '127.0.0.1', port: edge.port, path, method, headers: { ...headers }, agent }
    const outgoing = (method === 'GET' ? get : request)(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      const { statusCode: status, headers } = answer
      answer.once('end', () => resolve({ status, headers, body: text, afterMs: Date.now() - startedAt }))
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}
