import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readFlags } from '../../server/local/flags.ts'
import { ROOT } from '../../server/local/root.ts'
import { secondsOf } from '../measure/cpu-time.ts'
import { BenchPool } from '../pool/bench-pool.ts'
import { type RunningSystem, start } from '../systems/systems.ts'

const USAGE = `Usage: npm run locust -- carry [--transport polling] [--users 100,200,300]
  Measures how much load one Locust process generates on one core, and how much its own delay adds to the latencies it
  reports, compared with lean clients under the same load. Saves the figures in loadtest/results/locust.json.
  --transport NAME   websocket or polling (websocket)
  --users LIST       one run for each number (100,200,300,400)`

const RESULTS = join(ROOT, 'loadtest', 'results', 'locust.json')
const PYTHON = join(ROOT, 'loadtest', '.venv', 'bin', 'python')
const USERS_PER_ROOM = 15
const ARRIVALS_PER_SECOND = 50
const SETTLE_MS = 3_000
const MEASURE_MS = 12_000
const LEAN_SECONDS = 10

/** Milliseconds. */
interface Delays {
  p50: number
  p95: number
  p99: number
}

interface Load {
  transport: 'websocket' | 'polling'
  users: number
}

/** One load, run with Locust and with lean clients. */
interface Carried extends Load {
  at: string
  /** Share of one core while all users were connected. */
  locustCpu: number
  failures: number
  messagesPerSecond: number
  /** Messages times members of the room. */
  deliveriesPerSecond: number
  /** Send-to-delivery latency of each user's own messages. */
  locust: Delays
  /** Send-to-delivery latency of all deliveries at the same message rate. */
  lean: Delays
}

/** Format of Locust's --json-file. */
interface LocustRow {
  name: string
  start_time: number
  last_request_timestamp: number
  num_requests: number
  num_failures: number
  response_times: Record<string, number>
}

async function carry(load: Load): Promise<Carried> {
  const at = new Date().toISOString()
  const byLocust = await withSystem((runningSystem) => locust(runningSystem, load))
  const lean = await withSystem((system) => runLeanClients(system, load, byLocust.messagesPerSecond))
  return { ...load, at, ...byLocust, lean }
}

async function withSystem<T>(use: (system: RunningSystem) => Promise<T>): Promise<T> {
  const system = await start('hubbub', { nodes: 1 })
  try {
    return await use(system)
  } finally {
    await system.stop()
  }
}

async function locust({ edge }: RunningSystem, { transport, users }: Load) {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-locust-'))
  // Locust appends .json.
  const file = join(folder, 'figures')
  try {
    const seconds = users / ARRIVALS_PER_SECOND + (SETTLE_MS + MEASURE_MS) / 1_000 + 1
    const options = {
      locustfile: join(ROOT, 'loadtest', 'locust', 'locustfile.py'),
      host: `http://${edge!.host}:${edge!.port}`,
      users,
      'spawn-rate': ARRIVALS_PER_SECOND,
      'run-time': `${Math.ceil(seconds)}s`,
      transport,
      rooms: Math.ceil(users / USERS_PER_ROOM),
      behaviour: 'talk',
      'json-file': file,
    }
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
    const child = spawn(PYTHON, ['-m', 'locust', '--headless', '--only-summary', '--reset-stats', ...args], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(child, 'close')
    await waitForOutput(child.stderr, 'All users spawned')
    await delay(SETTLE_MS)
    const [before, began] = [secondsOf(child.pid!), performance.now()]
    await delay(MEASURE_MS)
    const locustCpu = ((secondsOf(child.pid!) - before) / (performance.now() - began)) * 1_000
    await ended
    return { locustCpu, ...figuresOf(JSON.parse(readFileSync(`${file}.json`, 'utf8')) as LocustRow[], users) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function waitForOutput(stream: NodeJS.ReadableStream, words: string): Promise<void> {
  let text = ''
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (chunk) => {
      text += chunk
      if (text.includes(words)) resolve()
    })
    stream.once('close', () => reject(new Error(`Locust exited before its users had started. Its output:\n${text}`)))
  })
}

function figuresOf(entries: LocustRow[], users: number) {
  const row = entries.find(({ name }) => name.endsWith(': send→delivery'))
  if (!row) throw new Error('Locust reported no deliveries.')
  const messagesPerSecond = row.num_requests / (row.last_request_timestamp - row.start_time)
  const perRoom = users / Math.ceil(users / USERS_PER_ROOM)
  return {
    failures: entries.reduce((sum, { num_failures }) => sum + num_failures, 0),
    messagesPerSecond,
    deliveriesPerSecond: messagesPerSecond * perRoom,
    locust: delaysOf((share) => percentile(row, share)),
  }
}

function percentile({ num_requests, response_times }: LocustRow, share: number): number {
  let left = Math.max(1, num_requests * share)
  const times = Object.entries(response_times).map(([ms, count]) => [Number(ms), count] as const)
  for (const [ms, count] of times.sort(([one], [other]) => one - other)) {
    left -= count
    if (left <= 0) return ms
  }
  return 0
}

const delaysOf = (percentile: (share: number) => number): Delays => ({
  p50: percentile(0.5),
  p95: percentile(0.95),
  p99: percentile(0.99),
})

/** The same number of users, rooms and messages with lean clients. */
async function runLeanClients({ edge }: RunningSystem, { transport, users }: Load, perSecond: number): Promise<Delays> {
  const rooms = Math.ceil(users / USERS_PER_ROOM)
  const members = Array.from({ length: users }, (_, i) => ({
    name: `lean ${i}`,
    room: `lean-${i % rooms}`,
    node: 0,
    speaks: true,
  }))
  const benchPool = new BenchPool({ contestant: 'hubbub', transport, targets: [edge!], members, processes: 1 })
  try {
    await benchPool.connect()
    await delay(SETTLE_MS)
    await benchPool.reset()
    const sent = await benchPool.talk(perSecond, Math.round(perSecond * LEAN_SECONDS), 60_000)
    const expected = benchPool.deliveriesOf(sent)
    await benchPool.until(({ deliveries }) => deliveries >= expected, 30_000, 'all deliveries')
    const { wrong, example, delays } = await benchPool.check(sent)
    if (wrong > 0) throw new Error(`${wrong} of the lean clients did not receive every message once: ${example}`)
    return delaysOf((share) => delays.percentile(share))
  } finally {
    await benchPool.stop()
  }
}

function lineOf({ users, locustCpu, messagesPerSecond, deliveriesPerSecond, locust, lean, failures }: Carried): string {
  const delays = ({ p50, p95, p99 }: Delays) => [p50, p95, p99].map((ms) => ms.toFixed(0)).join(' / ')
  const load = `${messagesPerSecond.toFixed(0)} messages/s, ${deliveriesPerSecond.toFixed(0)} deliveries/s`
  const times = `p50 / p95 / p99: Locust ${delays(locust)} ms, lean ${delays(lean)} ms`
  return `${users} users   ${(locustCpu * 100).toFixed(0)} % of a core   ${load}   ${times}   ${failures} failures`
}

function keep(carried: Carried): void {
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`
  const before = existsSync(RESULTS)
    ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as { machine: string; runs: Carried[] })
    : undefined
  // Runs of different machines are not compared.
  const runs = [...(before?.machine === machine ? before.runs : []), carried]
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value)
  const lines = runs.map((run) => `  ${JSON.stringify(run, round)}`).join(',\n')
  const command = JSON.stringify('npm run locust -- carry')
  writeFileSync(RESULTS, `{"machine": ${JSON.stringify(machine)}, "command": ${command}, "runs": [\n${lines}\n]}\n`)
}

async function main(argv: string[]): Promise<number> {
  const { values, problems } = readFlags(argv, {
    transport: { type: 'string', default: 'websocket' },
    users: { type: 'string', default: '100,200,300,400' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  const users = String(values.users).split(',').map(Number)
  if (!users.every((each) => Number.isInteger(each) && each > 0))
    problems.push('--users must be a comma-separated list of integers above 0.')
  const { transport } = values
  if (transport !== 'websocket' && transport !== 'polling') problems.push('--transport must be websocket or polling.')
  if (values.help || problems.length > 0) {
    console.error([...problems, USAGE].join('\n\n'))
    return values.help ? 0 : 2
  }
  for (const each of users) {
    const carried = await carry({ transport: transport as Load['transport'], users: each })
    keep(carried)
    console.log(lineOf(carried))
  }
  return 0
}

process.exitCode = await main(process.argv.slice(2))
