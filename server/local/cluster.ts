import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DialectPort } from '../dialect-ports.ts'
import { StartupError } from '../domain/startup-error.ts'
import { Cleanup } from './cleanup.ts'
import { claimDataFolder } from './data-folder.ts'
import { freePort, isPortFree } from './free-port.ts'
import { httpReady } from './http-ready.ts'
import { ManagedProcess, type ProcessListener } from './managed-process.ts'
import { redisCommand } from './redis-client.ts'
import { ROOT } from './root.ts'
import { selfSigned } from './self-signed.ts'

export interface ClusterOptions {
  /** 1 to 12. */
  nodes: number
  /** Port of the load balancer; a free one by default. */
  port?: number
  /** Address that the load balancer listens on; all addresses by default. */
  host?: string
  /** Directory of the Redis data; by default a temporary one that is removed when the cluster ends. */
  dataDir?: string
  /** An existing Redis to use; no Redis is started or stopped then. */
  redisUrl?: string
  /** Returns the Redis URL for one node, for instance that of a proxy. */
  redisUrlFor?: (node: string, redisUrl: string) => Promise<string>
  /** Whether to start a replica of Redis; false by default. */
  replica?: boolean
  /** Whether to restart processes that end unexpectedly; true by default. */
  restart?: boolean
  tls?: boolean
  /** Additional ports of the load balancer for dialects; none by default. */
  dialectPorts?: readonly DialectPort[]
  /** Period over which a stopping node closes its connections, in milliseconds; DRAIN_MS by default. */
  drainMs?: number
  /** Additional environment variables of the nodes, such as GUESTS_PER_SECOND. */
  env?: Record<string, string>
  /** Additional environment variables of the load balancer (edge.sh), such as WORKERS. */
  edgeEnv?: Record<string, string>
  /** Called with each output line of a process, and with each notice about it. */
  line?: ProcessListener['line']
}

/** Shorter than a node's default, since a local cluster has few clients. */
export const DRAIN_MS = 2_000
/** Time after the drain until a node is killed. */
const NODE_MARGIN_MS = 3_000
const EDGE_GRACE_MS = 4_000
/** Time until Redis is killed; allows for its last fsync. */
const REDIS_GRACE_MS = 10_000
const READY_WITHIN_MS = 30_000

const CERTIFICATES = join(ROOT, 'data', 'tls')

/** Starts Redis, the nodes and nginx as local processes. Resolves when all are ready; on failure, cleans up and rejects. */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const cluster = new RunningCluster(options)
  try {
    await cluster.start()
    return cluster
  } catch (error) {
    await cluster.stop({ now: true })
    throw error
  }
}

export class RunningCluster {
  /** n1, n2 …, in this order. */
  readonly nodes: ManagedProcess[] = []
  redis: ManagedProcess | undefined
  replica: ManagedProcess | undefined
  edge: ManagedProcess | undefined
  url = ''

  readonly #abort = new AbortController()
  readonly #cleanup: Cleanup
  readonly #drainMs: number
  #ready = false

  constructor(private readonly options: ClusterOptions) {
    this.#drainMs = options.drainMs ?? DRAIN_MS
    this.#cleanup = new Cleanup(() => [
      { processes: this.nodes, graceMs: this.#drainMs + NODE_MARGIN_MS },
      { processes: this.edge ? [this.edge] : [], graceMs: EDGE_GRACE_MS },
      {
        processes: [this.redis, this.replica].filter((managedProcess) => managedProcess !== undefined),
        graceMs: REDIS_GRACE_MS,
      },
    ])
  }

  get processes(): ManagedProcess[] {
    return [this.redis, this.replica, ...this.nodes, this.edge].filter((each) => each !== undefined)
  }

  /** Resolves when every process is ready. */
  async start(): Promise<void> {
    const timeout = new StartupError(`The cluster was not ready within ${READY_WITHIN_MS / 1000} s.`)
    const timer = setTimeout(() => this.#abort.abort(timeout), READY_WITHIN_MS)
    try {
      await this.#start()
      this.#ready = true
    } catch (error) {
      throw this.#abort.signal.aborted ? this.#abort.signal.reason : error
    } finally {
      clearTimeout(timer)
    }
  }

  async #start(): Promise<void> {
    const { options } = this
    const { signal } = this.#abort
    const certificate = options.tls ? selfSigned(CERTIFICATES) : undefined
    const redisUrl = options.redisUrl ?? (await this.#startRedis())
    if (options.replica && this.redis) this.replica = await this.#startRedisProcess('replica', this.redis.port)
    const port = options.port ?? (await freePort())
    // Checked after starting Redis: the Redis of a killed launcher ends last, and starting ours waited for it.
    if (options.port !== undefined && !(await isPortFree(port, options.host))) {
      throw new StartupError(`Port ${port} is in use or requires privileges; choose another with --port.`)
    }
    for (const { port } of options.dialectPorts ?? []) {
      if (await isPortFree(port, options.host)) continue
      throw new StartupError(`Port ${port} is in use or requires privileges; choose others with DIALECT_PORTS.`)
    }
    this.url = `${options.tls ? 'https' : 'http'}://${options.host ?? 'localhost'}:${port}`
    for (let number = 1; number <= options.nodes; number += 1) await this.#startNode(`n${number}`, redisUrl)
    await Promise.all(this.nodes.map((node) => httpReady(`http://127.0.0.1:${node.port}`, signal)))
    this.#startEdge(port, certificate)
    await httpReady(this.url, signal)
  }

  /** Stops the nodes (with a drain), then the load balancer, then Redis. With `now`, kills everything at once (SIGKILL). */
  async stop({ now = false } = {}): Promise<void> {
    this.#abort.abort(new StartupError('The cluster was stopped before it was ready.'))
    if (now) await Promise.all(this.processes.map((each) => each.stop({ now })))
    await Promise.all(this.nodes.map((node) => node.stop()))
    await this.edge?.stop()
    await this.replica?.stop()
    await this.redis?.stop()
    await this.#cleanup.close()
  }

  async #startRedis(): Promise<string> {
    this.redis = await this.#startRedisProcess('redis')
    return `redis://127.0.0.1:${this.redis.port}`
  }

  /** Starts a Redis that persists every acknowledged write; with `master`, a replica of the Redis on that port. */
  async #startRedisProcess(name: string, master?: number): Promise<ManagedProcess> {
    const port = await freePort()
    const dataDir = master === undefined ? this.options.dataDir : undefined
    const folder = dataDir ?? this.#cleanup.folder(temporaryFolder(name))
    await claimDataFolder(folder, port)
    // appendfsync always: an acknowledged write is on disk even if Redis is killed.
    const persistence = ['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
    const listening = ['--port', `${port}`, '--bind', '127.0.0.1', '--loglevel', 'warning']
    const replication = master === undefined ? [] : ['--replicaof', '127.0.0.1', `${master}`]
    const args = [...listening, ...persistence, ...replication]
    const redis = this.#createProcess(name, port, 'redis-server', args, {}, REDIS_GRACE_MS)
    redis.start()
    while (!(await redisCommand(port, 'PING'))?.includes('PONG'))
      await delay(50, undefined, { signal: this.#abort.signal })
    return redis
  }

  async #startNode(name: string, redisUrl: string): Promise<void> {
    const port = await freePort()
    const env = {
      NODE_NAME: name,
      HOST: '127.0.0.1',
      PORT: `${port}`,
      REDIS_URL: (await this.options.redisUrlFor?.(name, redisUrl)) ?? redisUrl,
      DRAIN_MS: `${this.#drainMs}`,
      // The load balancer listens on these ports.
      DIALECT_PORTS: 'off',
      // Without a data directory, no logs are kept either.
      ...(this.options.dataDir === undefined && { LOGS_DIR: 'none' }),
      ...this.options.env,
    }
    const main = join(ROOT, 'dist', 'server', 'main.js')
    const node = this.#createProcess(name, port, process.execPath, [main], env, this.#drainMs + NODE_MARGIN_MS)
    this.nodes.push(node)
    node.start()
  }

  #startEdge(port: number, certificate: { cert: string; key: string } | undefined): void {
    const folder = this.#cleanup.folder(temporaryFolder('edge'))
    // If root starts nginx, its workers run as another user, who needs access to this folder.
    chmodSync(folder, 0o755)
    const env = {
      NODES: this.nodes.map((node) => `127.0.0.1:${node.port}`).join(' '),
      NODES_DNS: '',
      HOST: this.options.host ?? '',
      PORT: `${port}`,
      DIALECT_PORTS:
        (this.options.dialectPorts ?? []).map(({ dialect, port }) => `${dialect}:${port}`).join(',') || 'off',
      RUN_DIR: folder,
      ...pick(this.options.env, 'ADDRESS_CONNECTIONS'),
      TLS_CERT: certificate?.cert ?? '',
      TLS_KEY: certificate?.key ?? '',
      ...this.options.edgeEnv,
    }
    this.edge = this.#createProcess('edge', port, 'sh', [join(ROOT, 'nginx', 'edge.sh')], env, EDGE_GRACE_MS)
    this.edge.start()
  }

  #createProcess(
    name: string,
    port: number,
    command: string,
    args: string[],
    env: Record<string, string>,
    graceMs: number,
  ) {
    const restart = this.options.restart ?? true
    const options = { name, port, command, args, cwd: ROOT, env: { ...process.env, ...env }, restart, graceMs }
    return new ManagedProcess(options, {
      line: (name, text, isNotice) => this.options.line?.(name, text, isNotice),
      changed: () => {
        this.#cleanup.update()
        const ended = this.processes.find((each) => each.pid === undefined && each.starts > 0)
        // A process that ends during startup would end again after a restart.
        if (!this.#ready && ended)
          this.#abort.abort(new StartupError(`${ended.name} ended before the cluster was ready.`))
      },
    })
  }
}

const temporaryFolder = (name: string) => mkdtempSync(join(tmpdir(), `hubbub-${name}-`))

/** The variable `name` of `env`, if it is set there. */
const pick = (env: Record<string, string> = {}, name: string): Record<string, string> =>
  env[name] === undefined ? {} : { [name]: env[name] }
