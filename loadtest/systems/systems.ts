import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { Cleanup } from '../../server/local/cleanup.ts'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { freePort } from '../../server/local/free-port.ts'
import { isReady } from '../../server/local/http-ready.ts'
import { ManagedProcess } from '../../server/local/managed-process.ts'
import { redisCommand } from '../../server/local/redis-client.ts'
import { ROOT } from '../../server/local/root.ts'
import { UNLIMITED } from '../../server/local/unlimited.ts'
import type { Target } from '../clients/transport.ts'

export const SYSTEMS = ['hubbub', 'classic', 'sharded', 'bare'] as const
export type SystemName = (typeof SYSTEMS)[number]

export const TITLES: Record<SystemName, string> = {
  hubbub: 'Hubbub',
  classic: 'Socket.IO, classic adapter',
  sharded: 'Socket.IO, sharded adapter',
  bare: 'bare ws',
}

/** A node's figures after a full garbage collection. */
export interface Measured {
  rss: number
  heapUsed: number
  /** Messages received from Redis; counted only with `bus`. */
  busMessages: number
}

export interface StartOptions {
  nodes: number
  /** Count the messages that each node receives from Redis. */
  bus?: boolean
  /** Folder for CPU profiles, recorded between two `measure` calls. */
  profile?: string
  /** Additional Node options for each process. */
  flags?: string
  /** Hubbub only: additional environment of its nodes, and the address that nginx listens on. */
  env?: Record<string, string>
  host?: string
  /** Additional environment of nginx, such as WORKERS. */
  edge?: Record<string, string>
}

/** The processes of one system under test. */
export interface RunningSystem {
  targets: Target[]
  /** The load balancer, if there is one. */
  edge?: Target
  nodes: ManagedProcess[]
  redis?: ManagedProcess
  edgePart?: ManagedProcess
  measure(node: number): Promise<Measured>
  stop(): Promise<void>
}

/**
 * Settings of Hubbub that differ from its defaults. Messages are rate limited as usual, since there are many senders. A
 * thousand guests from one address within seconds occur only in load tests, so that limit is raised.
 */
export const HUBBUB_SETTINGS = { ...UNLIMITED, GUESTS_PER_SECOND: '100000', LOG_LEVEL: 'error' }

const READY_WITHIN_MS = 20_000
const GRACE_MS = 3_000
const MEASURE_WITHIN_MS = 20_000

export const start = (name: SystemName, options: StartOptions): Promise<RunningSystem> =>
  name === 'hubbub' ? startHubbub(options) : startOther(name, options)

/** Environment of the preloaded measurement module. */
function measured(name: SystemName, { bus, profile, flags = '' }: StartOptions): Record<string, string> {
  const preload = pathToFileURL(join(ROOT, 'dist', 'loadtest', 'systems', 'measured.js'))
  return {
    NODE_OPTIONS: `--import=${preload} ${flags}`.trimEnd(),
    CONTESTANT: name,
    ...(bus && { MEASURED_BUS: '1' }),
    ...(profile && { MEASURED_PROFILE: profile }),
  }
}

async function startHubbub(options: StartOptions): Promise<RunningSystem> {
  const { host = '127.0.0.1' } = options
  const receivers = new Receivers()
  const cluster: RunningCluster = await startCluster({
    nodes: options.nodes,
    host,
    restart: false,
    drainMs: 0,
    env: { ...HUBBUB_SETTINGS, ...measured('hubbub', options), ...options.env },
    edgeEnv: options.edge,
    line: receivers.line,
  })
  return {
    nodes: cluster.nodes,
    redis: cluster.redis,
    edgePart: cluster.edge,
    targets: cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    edge: { host, port: Number(new URL(cluster.url).port) },
    measure: (node) => receivers.request(cluster.nodes[node]!),
    stop: () => cluster.stop({ now: true }),
  }
}

/** A single bare ws node needs no Redis; the Socket.IO systems always use their adapter, as a scalable chat would. */
async function startOther(name: Exclude<SystemName, 'hubbub'>, options: StartOptions): Promise<RunningSystem> {
  const ears = new Receivers()
  const parts: ManagedProcess[] = []
  const cleanup = new Cleanup(() => [{ processes: parts, graceMs: GRACE_MS }])
  const part = async (called: string, command: string, args: (port: number) => string[], env = {}) => {
    const port = await freePort()
    const all = { ...process.env, ...env, PORT: `${port}` }
    const plan = {
      name: called,
      port,
      command,
      args: args(port),
      cwd: ROOT,
      env: all,
      restart: false,
      graceMs: GRACE_MS,
    }
    const started = new ManagedProcess(plan, { line: ears.line, changed: () => cleanup.update() })
    parts.push(started)
    started.start()
    return started
  }
  const stop = async () => {
    await Promise.all(parts.map((each) => each.stop({ now: true })))
    await cleanup.close()
  }
  try {
    const needsRedis = name !== 'bare' || options.nodes > 1
    const redis = needsRedis
      ? await part('redis', 'redis-server', (port) => ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''])
      : undefined
    if (redis) await until(async () => (await redisCommand(redis.port, 'PING'))?.includes('PONG') === true)
    const program = join(ROOT, 'dist', 'loadtest', 'systems', name === 'bare' ? 'bare-ws.js' : 'plain-socketio.js')
    const env = {
      ADAPTER: name,
      REDIS_URL: redis ? `redis://127.0.0.1:${redis.port}` : '',
      ...measured(name, options),
    }
    const nodes: ManagedProcess[] = []
    for (let n = 1; n <= options.nodes; n++) nodes.push(await part(`n${n}`, process.execPath, () => [program], env))
    await Promise.all(nodes.map(({ port }) => until(() => isReady(`http://127.0.0.1:${port}`))))
    const targets = nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
    return { nodes, redis, targets, measure: (node) => ears.request(nodes[node]!), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`A system under test was not ready within ${READY_WITHIN_MS / 1_000} s.`)
    await delay(50)
  }
}

/** Routes the output of the processes: responses to `measure` go to the caller, other lines are printed. */
class Receivers {
  readonly #asked = new Map<string, (said: Measured) => void>()

  readonly line = (part: string, text: string, ours: boolean): void => {
    if (ours || part === 'redis' || part === 'edge') return
    if (text.startsWith('{"measured"')) this.#asked.get(part)?.(JSON.parse(text).measured)
    // A node logs the address of its report at every log level.
    else if (!text.includes('"report":')) console.error(`${part}: ${text}`)
  }

  request(managedProcess: ManagedProcess): Promise<Measured> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${managedProcess.name} did not report its memory use.`)),
        MEASURE_WITHIN_MS,
      )
      this.#asked.set(managedProcess.name, (said) => {
        clearTimeout(late)
        resolve(said)
      })
      managedProcess.kill('SIGUSR2')
    })
  }
}
