import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Server, type Socket } from 'socket.io'
import type { Entry } from '../protocol/entry.ts'
import { type RunningCluster, startCluster } from '../server/local/cluster.ts'
import { ROOT } from '../server/local/root.ts'

/** For one run of a few seconds, on a machine that does much else. */
const RUN_MS = 120_000
/** The first run on a machine downloads Locust. */
const INSTALL_MS = 300_000

const transports = { websocket: 'ws', polling: 'polling' }

beforeAll(async () => {
  const { code, said } = await run(['--version'], INSTALL_MS)
  expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('locust 2.') })
}, INSTALL_MS)

describe('three nodes behind nginx', () => {
  let cluster: RunningCluster
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, host: '127.0.0.1' })
  }, RUN_MS)
  afterAll(() => cluster?.stop())

  test(
    'ten seconds on both transports pass, and everything said is heard',
    async () => {
      const { code, rows, said } = await locust(cluster.url, ['--users', '30', '--time', '10s'])
      expect({ code, said }).toMatchObject({ code: 0 })
      for (const label of Object.values(transports)) {
        expect(rows.get(`${label}: join`)).toEqual({ requests: 15, failures: 0 })
        expect(rows.get(`${label}: send→delivery`)?.requests).toBeGreaterThan(0)
        expect(rows.get(`${label}: send→delivery`)).toEqual(rows.get(`${label}: send→ack`))
        expect(rows.get(`${label}: all heard`)).toEqual({ requests: 15, failures: 0 })
      }
      expect([...rows].filter(([, { failures }]) => failures > 0)).toEqual([])
    },
    RUN_MS,
  )

  test(
    'one transport can be tried alone; more guests at once than are let in wait for their turn',
    async () => {
      const many = ['--users', '60', '--spawn-rate', '60', '--time', '6s', '--transport', 'polling']
      const { code, rows, said } = await locust(cluster.url, many)
      expect({ code, said }).toMatchObject({ code: 0 })
      expect(rows.get('polling: guest')).toEqual({ requests: 60, failures: 0 })
      expect([...rows.keys()].filter((name) => !name.startsWith('polling: '))).toEqual([])
    },
    RUN_MS,
  )
})

describe('a server that breaks its word fails the run', () => {
  const ways = [
    ['never answers a message', 'send→ack', 'Not answered in time'],
    ['answers with a fault', 'send→ack', 'Fault unavailable: Not today.'],
    ['never delivers', 'send→delivery', 'The message not delivered in time'],
    ['leaves a seq out', 'stream', 'A hole in the room'],
    ['delivers twice', 'stream', 'An entry twice, or out of order'],
    ['hangs up', 'connection', 'The connection was lost'],
  ] as const

  test.each(ways)(
    'one that %s',
    async (way, row, why) => {
      const server = await Faithless.start(way)
      try {
        const short = ['--users', '10', '--time', '4s', '--ack-timeout', '2', '--delivery-timeout', '2']
        const { code, rows, said } = await locust(server.url, short)
        expect({ code, said }).toMatchObject({ code: 1 })
        for (const label of Object.values(transports)) {
          expect(rows.get(`${label}: ${row}`)?.failures).toBeGreaterThan(0)
          expect(said).toContain(`${label}: ${row}: Failure('${why}')`)
        }
      } finally {
        await server.close()
      }
    },
    RUN_MS,
  )

  test(
    'and nobody at all is said in a sentence',
    async () => {
      const server = await Faithless.start('hangs up')
      await server.close()
      const { code, said } = await run(['--host', server.url], RUN_MS)
      expect({ code, said }).toMatchObject({
        code: 1,
        said: expect.stringContaining(`Nothing listens at ${server.url}`),
      })
    },
    RUN_MS,
  )
})

/** As much of the wire as Locust speaks, on one room for everybody, but for one thing. */
class Faithless {
  readonly #http = createServer((_request, response) => {
    response.end(JSON.stringify({ ok: true, value: { token: 'anybody' } }))
  })
  readonly #io = new Server(this.#http)
  #head = 0
  url = ''

  static async start(way: string): Promise<Faithless> {
    const server = new Faithless()
    // A transport that waits half a minute for its client's last poll would keep the tests from ending.
    server.#io.engine.on('connection', ({ transport }) => Object.assign(transport, { closeTimeout: 100 }))
    server.#io.on('connection', (socket) => server.#greet(socket, way))
    server.#http.listen(0, '127.0.0.1')
    await once(server.#http, 'listening')
    server.url = `http://127.0.0.1:${(server.#http.address() as AddressInfo).port}`
    return server
  }

  #greet(socket: Socket, way: string): void {
    socket.on('typing:set', (_input, ack) => ack({ ok: true, value: {} }))
    socket.on('room:join', ({ room }, ack) => {
      socket.join('everybody')
      const value = { room, epoch: 'e', head: this.#head, entries: [], more: false, truncated: true }
      ack({ ok: true, value })
      if (way === 'hangs up') setTimeout(() => socket.disconnect(true), 100)
    })
    socket.on('message:send', (input, ack) => {
      if (way === 'never answers a message') return
      if (way === 'answers with a fault') {
        return ack({ ok: false, fault: { code: 'unavailable', message: 'Not today.', retryable: true } })
      }
      this.#head += way === 'leaves a seq out' ? 2 : 1
      const by = { id: 'somebody', name: 'Somebody' }
      const entry: Entry = { ...input, seq: this.#head, kind: 'message', at: Date.now(), by }
      ack({ ok: true, value: entry })
      if (way === 'never delivers') return
      const entries = way === 'delivers twice' ? [entry, entry] : [entry]
      this.#io.to('everybody').emit('entries', { room: input.room, epoch: 'e', entries })
    })
    socket.emit('session', { user: { id: 'somebody', name: 'Somebody' }, node: 'n1', wire: 1, features: [] })
  }

  async close(): Promise<void> {
    await this.#io.close()
  }
}

interface Row {
  requests: number
  failures: number
}

/** npm run locust, and the rows of its last table. */
async function locust(host: string, args: string[]) {
  const { code, said } = await run(['--host', host, '--only-summary', ...args], RUN_MS)
  const table = said.matchAll(/^chat +(?<name>\S.*?) +(?<requests>\d+) +(?<failures>\d+)\(/gm)
  const rows = new Map<string, Row>()
  for (const { groups: row } of table) {
    rows.set(row!.name!, { requests: Number(row!.requests), failures: Number(row!.failures) })
  }
  return { code, rows, said }
}

async function run(args: string[], withinMs: number): Promise<{ code: number | null; said: string }> {
  const said: Buffer[] = []
  const child = spawn(process.execPath, ['run.mjs', 'locust', ...args], { cwd: ROOT, timeout: withinMs - 5_000 })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk))
  const [code] = await once(child, 'close')
  return { code, said: Buffer.concat(said).toString() }
}
