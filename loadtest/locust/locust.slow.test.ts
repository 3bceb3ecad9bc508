import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { ROOT } from '../../server/local/root.ts'
import { CASES, FaultyServer } from './faulty-server.ts'

/** Time limit of a run of a few seconds on a busy machine. */
const RUN_MS = 240_000
/** The first run on a machine downloads Locust. */
const INSTALL_MS = 300_000

beforeAll(async () => {
  const { code, output } = await run(['--version'], { withinMs: INSTALL_MS })
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('locust 2.') })
}, INSTALL_MS)

test(
  'the Python unit tests pass',
  async () => {
    const tests = join('loadtest', 'locust')
    const python = join(ROOT, 'loadtest', '.venv', 'bin', 'python')
    const { code, output } = await follow(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', tests], {})
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining(' passed') })
  },
  RUN_MS,
)

let cluster: RunningCluster | undefined
afterAll(() => cluster?.stop())

test(
  'a spike over every API passes, and every message is delivered',
  async () => {
    cluster = await startCluster({ nodes: 3, host: '127.0.0.1' })
    // More simultaneous guests than are admitted: the others retry.
    const spike = ['--shape', 'spike', '--users', '36', '--spawn-rate', '36', '--time', '15s']
    // A busy machine may be slow without losing messages.
    const patient = ['--ack-timeout', '40', '--delivery-timeout', '40', '--stop-timeout', '60']
    const { code, rows, output } = await locust(cluster.url, ['--transport', 'mixed', ...spike, ...patient])
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(output.match(/updating to \d+ users/g)).toEqual([4, 36, 4].map((users) => `updating to ${users} users`))
    expect([...rows].filter(([, { failures }]) => failures > 0)).toEqual([])
    for (const label of ['websocket', 'polling', 'rest', 'ws']) {
      for (const what of ['connect', 'send→delivery', 'all received']) {
        expect(rows.get(`${label}: ${what}`)?.requests).toBeGreaterThan(0)
      }
    }
  },
  RUN_MS,
)

test(
  'every violation by a faulty server fails the run',
  async () => {
    const server = await FaultyServer.start()
    try {
      const oneUserPerRoom = ['--users', '48', '--spawn-rate', '48', '--rooms', '1000', '--behaviour', 'away']
      const impatient = ['--ack-timeout', '2', '--delivery-timeout', '2', '--time', '60s']
      const until = server.allCommitted
      const { code, output } = await locust(
        server.url,
        ['--transport', 'mixed', ...oneUserPerRoom, ...impatient],
        until,
      )
      expect({ remaining: server.remaining, code, output }).toMatchObject({ remaining: [], code: 1 })
      // One sentence for each violation, without a library's traceback.
      expect(output).not.toContain('Traceback')
      for (const { row, why } of CASES) expect(output).toContain(`${row}: Failure('${why}')`)
    } finally {
      await server.close()
    }
  },
  RUN_MS,
)

test(
  'a missing server and invalid flags are reported in a sentence',
  async () => {
    const nobody = await unusedUrl()
    const silent = await run(['--host', nobody])
    expect(silent).toMatchObject({ code: 1, output: expect.stringContaining(`No server listens at ${nobody}.`) })
    const hasty = await run(['--shape', 'spike', '--users', '300', '--spawn-rate', '5', '--time', '30s'])
    expect(hasty).toMatchObject({ code: 2, output: expect.stringContaining('270 users take 54 s to start') })
    const unknown = await run(['--transport', 'pigeon'])
    expect(unknown).toMatchObject({ code: 2, output: expect.stringContaining("invalid choice: 'pigeon'") })
    const choices = unknown.output.match(/choose from (.*)\)/)![1]!.matchAll(/\w+/g)
    const help = await run(['--help'])
    for (const [choice] of choices) expect(help).toMatchObject({ code: 0, output: expect.stringContaining(choice) })
  },
  RUN_MS,
)

interface Row {
  requests: number
  failures: number
}

/** Runs npm run locust; returns the rows of its last table. */
async function locust(host: string, args: string[], until?: Promise<unknown>) {
  const { code, output } = await run(['--host', host, '--only-summary', ...args], { until })
  const table = output.matchAll(/^chat +(?<name>\S.*?) +(?<requests>\d+) +(?<failures>\d+)\(/gm)
  const rows = new Map<string, Row>()
  for (const { groups: row } of table) {
    rows.set(row!.name!, { requests: Number(row!.requests), failures: Number(row!.failures) })
  }
  return { code, rows, output }
}

interface RunOptions {
  withinMs?: number
  /** Sends SIGINT when this resolves. */
  until?: Promise<unknown>
}

const run = (args: string[], options: RunOptions = {}) =>
  follow(process.execPath, ['run.mjs', 'locust', ...args], options)

async function follow(command: string, args: string[], { withinMs = RUN_MS, until }: RunOptions) {
  const output: Buffer[] = []
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
  const child = spawn(command, args, { cwd: ROOT, timeout: withinMs - 5_000, env })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk))
  void until?.then(() => child.kill('SIGINT'))
  const [code] = await once(child, 'close')
  return { code: code as number | null, output: Buffer.concat(output).toString() }
}

async function unusedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}
