import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { ROOT } from '../../server/local/root.ts'
import { FaultyServer, WRONGS } from './faulty-server.ts'

/** Time limit of a run of a few seconds on a busy machine. */
const RUN_MS = 240_000
/** The first run on a machine downloads Locust. */
const INSTALL_MS = 300_000

beforeAll(async () => {
  const { code, said } = await run(['--version'], { withinMs: INSTALL_MS })
  expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('locust 2.') })
}, INSTALL_MS)

test(
  'the parts of it do as they say: shapes, streams, voices',
  async () => {
    const tests = join('loadtest', 'locust')
    const python = join(ROOT, 'loadtest', '.venv', 'bin', 'python')
    const { code, said } = await follow(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', tests], {})
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining(' passed') })
  },
  RUN_MS,
)

let cluster: RunningCluster | undefined
afterAll(() => cluster?.stop())

test(
  'a spike by every door passes, and everything said is heard',
  async () => {
    cluster = await startCluster({ nodes: 3, host: '127.0.0.1' })
    // More simultaneous guests than are admitted: the others retry.
    const spike = ['--shape', 'spike', '--users', '36', '--spawn-rate', '36', '--time', '15s']
    // A busy machine may be slow without losing messages.
    const patient = ['--ack-timeout', '40', '--delivery-timeout', '40', '--stop-timeout', '60']
    const { code, rows, said } = await locust(cluster.url, ['--transport', 'mixed', ...spike, ...patient])
    expect({ code, said }).toMatchObject({ code: 0 })
    expect(said.match(/updating to \d+ users/g)).toEqual([4, 36, 4].map((users) => `updating to ${users} users`))
    expect([...rows].filter(([, { failures }]) => failures > 0)).toEqual([])
    for (const label of ['websocket', 'polling', 'rest', 'ws']) {
      for (const what of ['connect', 'send→delivery', 'all heard']) {
        expect(rows.get(`${label}: ${what}`)?.requests).toBeGreaterThan(0)
      }
    }
  },
  RUN_MS,
)

test(
  'a server that breaks its word, in whatever way, fails the run',
  async () => {
    const server = await FaultyServer.start()
    try {
      const lonely = ['--users', '48', '--spawn-rate', '48', '--rooms', '1000', '--behaviour', 'away']
      const impatient = ['--ack-timeout', '2', '--delivery-timeout', '2', '--time', '60s']
      const until = server.allWrong
      const { code, said } = await locust(server.url, ['--transport', 'mixed', ...lonely, ...impatient], until)
      expect({ left: server.left, code, said }).toMatchObject({ left: [], code: 1 })
      // One sentence for each violation, without a library's traceback.
      expect(said).not.toContain('Traceback')
      for (const { row, why } of WRONGS) expect(said).toContain(`${row}: Failure('${why}')`)
    } finally {
      await server.close()
    }
  },
  RUN_MS,
)

test(
  'nobody who listens, and flags that make no sense, are said in a sentence',
  async () => {
    const nobody = await unusedUrl()
    const silent = await run(['--host', nobody])
    expect(silent).toMatchObject({ code: 1, said: expect.stringContaining(`Nothing listens at ${nobody}.`) })
    const hasty = await run(['--shape', 'spike', '--users', '300', '--spawn-rate', '5', '--time', '30s'])
    expect(hasty).toMatchObject({ code: 2, said: expect.stringContaining('270 people take 54 s to come') })
    const unknown = await run(['--transport', 'pigeon'])
    expect(unknown).toMatchObject({ code: 2, said: expect.stringContaining("invalid choice: 'pigeon'") })
    const choices = unknown.said.match(/choose from (.*)\)/)![1]!.matchAll(/\w+/g)
    const help = await run(['--help'])
    for (const [choice] of choices) expect(help).toMatchObject({ code: 0, said: expect.stringContaining(choice) })
  },
  RUN_MS,
)

interface Row {
  requests: number
  failures: number
}

/** Runs npm run locust; returns the rows of its last table. */
async function locust(host: string, args: string[], until?: Promise<unknown>) {
  const { code, said } = await run(['--host', host, '--only-summary', ...args], { until })
  const table = said.matchAll(/^chat +(?<name>\S.*?) +(?<requests>\d+) +(?<failures>\d+)\(/gm)
  const rows = new Map<string, Row>()
  for (const { groups: row } of table) {
    rows.set(row!.name!, { requests: Number(row!.requests), failures: Number(row!.failures) })
  }
  return { code, rows, said }
}

interface RunOptions {
  withinMs?: number
  /** Sends SIGINT when this resolves. */
  until?: Promise<unknown>
}

const run = (args: string[], options: RunOptions = {}) =>
  follow(process.execPath, ['run.mjs', 'locust', ...args], options)

async function follow(command: string, args: string[], { withinMs = RUN_MS, until }: RunOptions) {
  const said: Buffer[] = []
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
  const child = spawn(command, args, { cwd: ROOT, timeout: withinMs - 5_000, env })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk))
  void until?.then(() => child.kill('SIGINT'))
  const [code] = await once(child, 'close')
  return { code: code as number | null, said: Buffer.concat(said).toString() }
}

async function unusedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}
