import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type RunningCluster, startCluster } from '../local/cluster.ts'
import { freePort } from '../local/free-port.ts'
import { httpReady } from '../local/http-ready.ts'
import { ROOT } from '../local/root.ts'
import { UNLIMITED } from '../local/unlimited.ts'
import { DialectClient } from './dialect-client.ts'
import { TestClient } from './person.ts'

interface Place {
  /** URL of the main port. */
  url: string
  json: string
  events: string
  strangers: string
}

const env = { ...UNLIMITED, LOG_LEVEL: 'error', GUESTS_PER_SECOND: '1000' }

afterEach(() => {
  DialectClient.disconnectAll()
  TestClient.disconnectAll()
})

/** Tests for both deployments: a cluster behind nginx, and a single process. */
function itSpeaksTheDialects(place: () => Place): void {
  test('the text, json and events dialects and Socket.IO share the lobby', async () => {
    const { url, json, events } = place()
    const ada = await TestClient.connect(url, 'Ada', { transports: ['polling'] })
    await ada.emit('room:join', { room: 'lobby' })
    const plain = await DialectClient.connect(`${url}/ws`)
    const [jsonName, jsonOwn] = [
      await DialectClient.connect(`${url}/ws/json`),
      await DialectClient.connect(`${json}/ws`),
    ]
    const [eventsName, eventsOwn] = [
      await DialectClient.connect(`${url}/ws/events`),
      await DialectClient.connect(`${events}/any/path`),
    ]
    for (const client of [jsonName, jsonOwn, eventsName, eventsOwn]) await client.waitForMessages(1)
    await ada.waitFor('presence', ({ online }) => online >= 6)

    const everywhere = async (text: string) => {
      for (const client of [plain, jsonName, jsonOwn, eventsName, eventsOwn]) await client.waitFor(new RegExp(text))
      await ada.waitUntil(text, () => ada.entries('lobby').find((entry) => entry.text === text))
    }
    plain.send('said as text')
    await everywhere('said as text')
    jsonOwn.send('{"content":"said as json"}')
    await everywhere('said as json')
    eventsOwn.send('{"type":"chat","sender":"Eve","content":"said as an event"}')
    await everywhere('said as an event')
    await ada.send('lobby', 'said on the page')
    await everywhere('said on the page')

    // The client's name is its port as seen by nginx, on either port.
    for (const client of [jsonName, jsonOwn]) {
      expect(client.received[0]).toBe(
        `{"content":"Welcome to the chat!","username":"Port${client.socket.localPort}"}\n`,
      )
    }
    expect(plain.received.slice(-4)).toEqual(['said as text', 'said as json', 'said as an event', 'said on the page'])
  })

  test('two strangers are matched, on the main port and the dialect port', async () => {
    const { url, strangers } = place()
    const [one, other] = [
      await DialectClient.connect(`${url}/ws/strangers`),
      await DialectClient.connect(`${strangers}/any/path?x=1`),
    ]
    for (const client of [one, other]) await client.waitFor('{"type":"info","msg":"You are connected to a stranger!"}')
    one.send('hello')
    await other.waitFor('{"type":"chat","msg":"hello"}')
    one.ws.close()
    await other.waitFor('{"type":"info","msg":"Stranger disconnected."}')
  })

  test('each dialect port serves a page that uses its dialect, under a strict policy', async () => {
    const { url, json, events, strangers } = place()
    for (const [at, path] of [
      [`${url}/dialects/text`, 'text'],
      [`${json}/`, 'json'],
      [`${events}/`, 'events'],
      [`${strangers}/`, 'strangers'],
    ] as const) {
      const answer = await fetch(at)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'")
      const [, script] = /<script type="module"[^>]* src="([^"]+)"/.exec(await answer.text())!
      expect(script).toContain(path)
      expect((await fetch(new URL(script!, at))).status).toBe(200)
    }
  })

  test('other HTTP requests on a dialect port are answered as on the main port', async () => {
    const { json, strangers } = place()
    expect((await fetch(`${strangers}/nothing/here`)).status).toBe(404)
    const plain = await fetch(`${json}/ws`)
    expect([plain.status, await plain.text()]).toEqual([400, 'Expected WebSocket connection\n'])
  })

  test('a sid in the URL has no meaning on a dialect port', async () => {
    const client = await DialectClient.connect(`${place().events}/?sid=nobody.AAAAAAAAAAAAAAAAAAAA`)
    await client.waitForMessages(1)
  })

  test('close codes pass through proxies', async () => {
    const client = await DialectClient.connect(`${place().json}/ws`)
    client.send('x'.repeat(16_385))
    expect(await client.waitForClose()).toMatchObject({ code: 1009 })
  })
}

describe('three nodes behind nginx, on Redis', () => {
  let cluster: RunningCluster
  let place: Place
  beforeAll(async () => {
    const ports = { json: await freePort(), events: await freePort(), strangers: await freePort() }
    const dialectPorts = Object.entries(ports).map(([dialect, port]) => ({ dialect: dialect as 'json', port }))
    cluster = await startCluster({ nodes: 3, host: '127.0.0.1', env, dialectPorts })
    const at = (port: number) => `http://127.0.0.1:${port}`
    place = { url: cluster.url, json: at(ports.json), events: at(ports.events), strangers: at(ports.strangers) }
  }, 60_000)
  afterAll(() => cluster.stop())

  itSpeaksTheDialects(() => place)

  test('connections are balanced over the nodes; killing one ends only its own', async () => {
    const ada = await TestClient.connect(cluster.url, 'Ada')
    await ada.emit('room:join', { room: 'lobby' })
    const dialectClients = await Promise.all(
      Array.from({ length: 30 }, () => DialectClient.connect(`${cluster.url}/ws`)),
    )
    await ada.waitFor('presence', ({ online }) => online === 31)
    // A node reports its connections with each renewal of its lease.
    let { nodes } = await ada.emit('stats:get', {})
    const counted = () => nodes.reduce((sum, { connections }) => sum + connections, 0)
    while (counted() < 31) nodes = (await ada.emit('stats:get', {})).nodes
    const victim = nodes.filter(({ node }) => node !== ada.session.node).find(({ connections }) => connections > 0)!
    const dead = cluster.nodes.find(({ name }) => name === victim.node)!
    dead.kill('SIGKILL')
    // Offline for the others when the lease has expired.
    await ada.waitFor('presence', ({ online }) => online === 31 - victim.connections)
    const alive = dialectClients.filter(({ closed }) => !closed)
    expect(alive).toHaveLength(30 - victim.connections)
    alive[0]!.send('still here')
    await Promise.all(alive.map((dialectClient) => dialectClient.waitFor('still here')))
    await httpReady(`http://127.0.0.1:${dead.port}`, AbortSignal.timeout(20_000))
  }, 60_000)
})

describe('npm start', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hubbub-start-'))
  let child: ReturnType<typeof spawn>
  let place: Place
  beforeAll(async () => {
    const [main, json, events, strangers] = [await freePort(), await freePort(), await freePort(), await freePort()]
    const own = {
      ...env,
      HOST: '127.0.0.1',
      PORT: `${main}`,
      DATA_DIR: dataDir,
      DIALECT_PORTS: `json:${json},events:${events},strangers:${strangers}`,
    }
    child = spawn(process.execPath, [join(ROOT, 'dist/server/local/start.js')], { env: { ...process.env, ...own } })
    const lines = createInterface({ input: child.stdout! })
    for await (const line of lines) if (/^open/.test(line)) break
    const at = (port: number) => `http://127.0.0.1:${port}`
    place = { url: at(main), json: at(json), events: at(events), strangers: at(strangers) }
  }, 30_000)
  afterAll(() => {
    child.kill('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  })

  itSpeaksTheDialects(() => place)

  test('stops within 2 s while ten clients send at full speed', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => DialectClient.connect(`${place.url}/ws`)))
    let read = 0
    for (const client of clients) {
      const loop = () => {
        if (client.ws.readyState === client.ws.OPEN) client.ws.send('hello from locust')
        // Any next frame counts as the response.
        client.ws.once('message', () => {
          read++
          loop()
        })
      }
      loop()
    }
    const begunReading = () => read > 200
    while (!begunReading()) await once(clients[0]!.ws, 'message')
    const begun = performance.now()
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await gone).toEqual([0, null])
    expect(performance.now() - begun).toBeLessThan(2_000)
    for (const client of clients) expect(await client.waitForClose()).toMatchObject({ code: 1012 })
  }, 30_000)
})
