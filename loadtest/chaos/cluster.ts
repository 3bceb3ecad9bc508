import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { isReady } from '../../server/local/http-ready.ts'
import { type ManagedProcess, signalTo } from '../../server/local/managed-process.ts'
import { redisCommand } from '../../server/local/redis-client.ts'
import { UNLIMITED } from '../../server/local/unlimited.ts'
import { FaultyRedisProxy } from '../../server/test/faulty-redis-proxy.ts'

const NODES = 3
const DRAIN_MS = 2_000
const POLL_MS = 50
/** Startup timeout of a node or nginx. */
const READY_WITHIN_MS = 30_000
/** Time limit for a replica to catch up with its master, and for a failover. */
const FAILOVER_WITHIN_MS = 15_000
/** Clients still reach the demoted master for this long after a failover; it refuses their writes with READONLY. */
const DEMOTED_MS = 500

export interface ChaosClusterListener {
  line(part: string, text: string): void
  /** A process ended that no fault had stopped. */
  died(part: string, how: string): void
}

/**
 * The cluster under test: three nodes, each with its own proxy to Redis; crashed processes are not restarted
 * automatically.
 */
export class ChaosCluster {
  readonly #cluster: RunningCluster
  readonly #links: Map<string, FaultyRedisProxy>
  /** Names of processes whose exit is expected. */
  readonly #doomed: Set<string>
  #master: ManagedProcess
  #closed = false

  private constructor(cluster: RunningCluster, links: Map<string, FaultyRedisProxy>, doomed: Set<string>) {
    this.#cluster = cluster
    this.#links = links
    this.#doomed = doomed
    this.#master = cluster.redis as ManagedProcess
  }

  /** `dedupeMs`: deduplication window of the nodes for clientIds. */
  static async open(dedupeMs: number, listener: ChaosClusterListener): Promise<ChaosCluster> {
    const links = new Map<string, FaultyRedisProxy>()
    const doomed = new Set<string>()
    const cluster = await startCluster({
      nodes: NODES,
      host: '127.0.0.1',
      replica: true,
      restart: false,
      drainMs: DRAIN_MS,
      env: { ...generous, DEDUPE_WINDOW_MS: `${dedupeMs}` },
      redisUrlFor: async (node, redisUrl) => {
        const link = await FaultyRedisProxy.to(Number(new URL(redisUrl).port))
        links.set(node, link)
        return link.url
      },
      line: (part, text, ours) => {
        listener.line(part, text)
        if (ours && !doomed.has(part)) listener.died(part, text)
      },
    })
    return new ChaosCluster(cluster, links, doomed)
  }

  get url(): string {
    return this.#cluster.url
  }

  get nodes(): ManagedProcess[] {
    return this.#cluster.nodes
  }

  get redis(): ManagedProcess {
    return this.#cluster.redis as ManagedProcess
  }

  get edge(): ManagedProcess {
    return this.#cluster.edge as ManagedProcess
  }

  link(node: string): FaultyRedisProxy {
    return this.#links.get(node) as FaultyRedisProxy
  }

  /** Stops a process and starts it again after `downMs`; resolves when it is ready. */
  async restart(managedProcess: ManagedProcess, signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void> {
    this.#doomed.add(managedProcess.name)
    managedProcess.kill(signal)
    await this.#restart(managedProcess, downMs)
  }

  /** Waits until a process has exited, keeps it down for `downMs`, starts it and waits until it is ready. */
  async #restart(part: ManagedProcess, downMs: number): Promise<void> {
    while (part.pid !== undefined) await delay(POLL_MS)
    await delay(downMs)
    if (this.#closed) return
    part.start()
    this.#doomed.delete(part.name)
    await this.ready(part)
  }

  /** Resolves when Redis, a node or nginx accepts new sessions. */
  async ready(part: ManagedProcess): Promise<void> {
    if (part === this.redis) return this.#until(part, /role:master/, 'did not answer')
    const url = part === this.edge ? this.url : `http://127.0.0.1:${part.port}`
    const end = Date.now() + READY_WITHIN_MS
    while (!(await isReady(url))) {
      if (Date.now() > end) throw new Error(`${part.name} was not ready within ${READY_WITHIN_MS / 1_000} s.`)
      await delay(POLL_MS)
    }
  }

  /** Restarts processes that died. */
  revive(): void {
    for (const part of this.#cluster.processes) if (part.pid === undefined) part.start()
  }

  /** Runs an administrative command on the current master. */
  async command(command: string): Promise<void> {
    const answer = await redisCommand(this.#master.port, command)
    if (answer === undefined || answer.startsWith('-')) throw new Error(`Redis answered ${command} with ${answer}.`)
  }

  /** Promotes the replica without data loss; the proxies switch the nodes to it shortly afterwards. */
  async failOver(): Promise<void> {
    const { redis, replica } = this.#cluster as { redis: ManagedProcess; replica: ManagedProcess }
    const [from, to] = this.#master === redis ? [redis, replica] : [replica, redis]
    await this.#until(to, /role:slave[\s\S]*master_link_status:up/, 'did not catch up')
    await this.command(`FAILOVER TO 127.0.0.1 ${to.port}`)
    await this.#until(to, /role:master/, 'did not become the master')
    await this.#until(from, /role:slave/, 'did not become a replica')
    this.#master = to
    await delay(DEMOTED_MS)
    for (const link of this.#links.values()) link.redirect(to.port)
  }

  async #until(redis: ManagedProcess, replication: RegExp, otherwise: string): Promise<void> {
    const end = Date.now() + FAILOVER_WITHIN_MS
    while (!replication.test((await redisCommand(redis.port, 'INFO replication')) ?? '')) {
      if (Date.now() > end) throw new Error(`${redis.name} ${otherwise} within ${FAILOVER_WITHIN_MS / 1_000} s.`)
      await delay(POLL_MS)
    }
  }

  reloadEdge(): void {
    this.#signalNginx('SIGHUP')
  }

  /** Kills nginx's master process with SIGKILL: its workers continue until the script that started it notices. */
  async killEdgeMaster(downMs: number): Promise<void> {
    this.#doomed.add(this.edge.name)
    this.#signalNginx('SIGKILL')
    await this.#restart(this.edge, downMs)
  }

  /** nginx's master is a child of the script that maintains its list of nodes. */
  #signalNginx(signal: NodeJS.Signals): void {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' })
    for (const line of stdout.split('\n')) {
      const [pid, parent, command] = line.trim().split(/\s+/)
      if (Number(parent) === this.edge.pid && command?.includes('nginx')) signalTo(Number(pid), signal)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const part of this.#cluster.processes) this.#doomed.add(part.name)
    await this.#cluster.stop({ now: true })
    for (const link of this.#links.values()) await link.close()
  }
}

/** Few processes simulate many users, so rate limits are raised; other tests cover them. */
const generous = {
  ...UNLIMITED,
  LOG_LEVEL: 'warn',
  GUESTS_PER_SECOND: '100000',
  APPENDS_PER_SECOND: '100000',
  APPENDS_BURST: '100000',
  COMMANDS_PER_SECOND: '100000',
  COMMANDS_BURST: '100000',
}
