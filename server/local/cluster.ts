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
  /** Of the edge; left out, every one is a free one. */
  port?: number
  /** What the edge listens on; left out: all addresses. */
  host?: string
  /** Where Redis keeps its file; left out: a folder that goes when the cluster ends. */
  dataDir?: string
  /** Another Redis, which is then neither started nor ended. */
  redisUrl?: string
  /** The address of Redis for one node, when something stands between the two. */
  redisUrlFor?: (node: string, redisUrl: string) => Promise<string>
  /** Whether a second Redis replicates the first one; false unless said otherwise. */
  replica?: boolean
  /** Whether a part that dies is started again; true unless said otherwise. */
  restart?: boolean
  tls?: boolean
  /** The dialects' own ports, on the edge; none unless said otherwise. */
  dialectPorts?: readonly DialectPort[]
  /** Over how long a node that is asked to end closes its connections. */
  drainMs?: number
  /** Further environment of the nodes, such as GUESTS_PER_SECOND. */
  env?: Record<string, string>
  /** Further environment of the edge, such as WORKERS. */
  edgeEnv?: Record<string, string>
  /** Hears each line that a part says, and, `ours`, each one about it. */
  line?: ProcessListener['line']
}

/** Shorter than a node's own default: nobody waits for others here. */
export const DRAIN_MS = 2_000
/** What a node may take beyond its drain, and Redis for its last fsync, before they are killed. */
const NODE_MARGIN_MS = 3_000
const EDGE_GRACE_MS = 4_000
const REDIS_GRACE_MS = 10_000
const READY_WITHIN_MS = 30_000

const CERTIFICATES = join(ROOT, 'data', 'tls')

/** Nodes, Redis and nginx as processes of this machine. Resolves when all of them are ready, or cleans up and rejects. */
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
      { parts: this.nodes, graceMs: this.#drainMs + NODE_MARGIN_MS },
      { parts: this.edge ? [this.edge] : [], graceMs: EDGE_GRACE_MS },
      {
        parts: [this.redis, this.replica].filter((managedProcess) => managedProcess !== undefined),
        graceMs: REDIS_GRACE_MS,
      },
    ])
  }

  get processes(): ManagedProcess[] {
    return [this.redis, this.replica, ...this.nodes, this.edge].filter((part) => part !== undefined)
  }

  /** Resolves when every part is ready. */
  async start(): Promise<void> {
    const late = new StartupError(`The cluster was not ready within ${READY_WITHIN_MS / 1000} s.`)
    const timer = setTimeout(() => this.#abort.abort(late), READY_WITHIN_MS)
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
    // After Redis: when a launcher was killed, its Redis is the last part to end, and we have waited for that.
    if (options.port !== undefined && !(await isPortFree(port, options.host))) {
      throw new StartupError(`Port ${port} is taken, or not ours to take; choose another with --port.`)
    }
    for (const { port } of options.dialectPorts ?? []) {
      if (await isPortFree(port, options.host)) continue
      throw new StartupError(`Port ${port} is taken, or not ours to take; choose others with DIALECT_PORTS.`)
    }
    this.url = `${options.tls ? 'https' : 'http'}://${options.host ?? 'localhost'}:${port}`
    for (let number = 1; number <= options.nodes; number += 1) await this.#startNode(`n${number}`, redisUrl)
    await Promise.all(this.nodes.map((node) => httpReady(`http://127.0.0.1:${node.port}`, signal)))
    this.#startEdge(port, certificate)
    await httpReady(this.url, signal)
  }

  /** In order: the nodes drain, then the edge ends, then Redis. `now`: all at once, by SIGKILL. */
  async stop({ now = false } = {}): Promise<void> {
    this.#abort.abort(new StartupError('The cluster was asked to end before it was ready.'))
    if (now) await Promise.all(this.processes.map((part) => part.stop({ now })))
    await Promise.all(this.nodes.map((part) => part.stop()))
    await this.edge?.stop()
    await this.replica?.stop()
    await this.redis?.stop()
    await this.#cleanup.close()
  }

  async #startRedis(): Promise<string> {
    this.redis = await this.#startRedisProcess('redis')
    return `redis://127.0.0.1:${this.redis.port}`
  }

  /** A Redis that keeps every acknowledged write; with `master`, a replica of the one on that port. */
  async #startRedisProcess(name: string, master?: number): Promise<ManagedProcess> {
    const port = await freePort()
    const kept = master === undefined ? this.options.dataDir : undefined
    const folder = kept ?? this.#cleanup.folder(temporaryFolder(name))
    await claimDataFolder(folder, port)
    // always: what was acknowledged is in the file, also when Redis is killed.
    const persistence = ['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
    const listening = ['--port', `${port}`, '--bind', '127.0.0.1', '--loglevel', 'warning']
    const replication = master === undefined ? [] : ['--replicaof', '127.0.0.1', `${master}`]
    const args = [...listening, ...persistence, ...replication]
    const part = this.#createProcess(name, port, 'redis-server', args, {}, REDIS_GRACE_MS)
    part.start()
    while (!(await redisCommand(port, 'PING'))?.includes('PONG'))
      await delay(50, undefined, { signal: this.#abort.signal })
    return part
  }

  async #startNode(name: string, redisUrl: string): Promise<void> {
    const port = await freePort()
    const env = {
      NODE_NAME: name,
      HOST: '127.0.0.1',
      PORT: `${port}`,
      REDIS_URL: (await this.options.redisUrlFor?.(name, redisUrl)) ?? redisUrl,
      DRAIN_MS: `${this.#drainMs}`,
      // Those are the edge's.
      DIALECT_PORTS: 'off',
      // Where nothing is kept, neither are these.
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
    // nginx started by root gives its workers to another user, who has to get at what is inside.
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
    const plan = { name, port, command, args, cwd: ROOT, env: { ...process.env, ...env }, restart, graceMs }
    return new ManagedProcess(plan, {
      line: (part, text, ours) => this.options.line?.(part, text, ours),
      changed: () => {
        this.#cleanup.update()
        const part = this.processes.find((each) => each.pid === undefined && each.starts > 0)
        // Before all is well the first time, a part that ends would only end again.
        if (!this.#ready && part)
          this.#abort.abort(new StartupError(`${part.name} ended before the cluster was ready.`))
      },
    })
  }
}

const temporaryFolder = (what: string) => mkdtempSync(join(tmpdir(), `hubbub-${what}-`))

/** What nodes and edge have in common. */
const pick = (env: Record<string, string> = {}, name: string): Record<string, string> =>
  env[name] === undefined ? {} : { [name]: env[name] }
