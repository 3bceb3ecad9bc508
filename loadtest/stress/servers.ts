import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import type { Target } from '../clients/transport.ts'

/** Counters of the nodes, summed. */
export interface Counters {
  /** Entries stored. */
  stored: number
  /** Whole messages relayed to strangers. */
  relayed: number
  /** Entries delivered to connections. */
  delivered: number
  /** CPU time, seconds. */
  cpu: number
  /** Resident bytes of each node. */
  rss: number[]
}

const ANSWER_WITHIN_MS = 10_000

/** The servers under load: a started cluster, or one that is already running. */
export class Servers {
  private constructor(
    readonly target: Target,
    /** The nodes' own addresses, bypassing nginx; empty if unknown. */
    readonly nodes: readonly string[],
    private readonly cluster?: RunningCluster,
  ) {}

  static async start(nodes: number, clients: number, env: Record<string, string>): Promise<Servers> {
    // An nginx worker has 16,384 connections, and each client needs two.
    const workers = `${Math.max(2, Math.ceil(clients / 4_000))}`
    const cluster = await startCluster({ nodes, host: '127.0.0.1', restart: false, env, edgeEnv: { WORKERS: workers } })
    const own = cluster.nodes.map(({ port }) => `http://127.0.0.1:${port}`)
    return new Servers({ host: '127.0.0.1', port: Number(new URL(cluster.url).port) }, own, cluster)
  }

  static at(url: string, nodes: readonly string[]): Servers {
    const { hostname, port } = new URL(url)
    return new Servers({ host: hostname, port: Number(port || 80) }, nodes)
  }

  /** Undefined if the nodes' addresses are unknown. Rejects if a node does not respond. */
  async counters(): Promise<Counters | undefined> {
    if (this.nodes.length === 0) return undefined
    const pages = await this.pages()
    const sum = (name: string) => pages.reduce((total, page) => total + metric(page, name), 0)
    return {
      stored: sum('hubbub_entries_accepted_total'),
      relayed: sum('hubbub_strangers_relayed_total'),
      delivered: sum('hubbub_entries_delivered_total'),
      cpu: sum('process_cpu_seconds_total'),
      rss: pages.map((page) => metric(page, 'process_resident_memory_bytes')),
    }
  }

  /** The /metrics page of each node. Rejects if a node does not respond. */
  pages(): Promise<string[]> {
    return Promise.all(
      this.nodes.map(async (node) => {
        const answer = await fetch(new URL('/metrics', node), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
        if (answer.ok) return answer.text()
        throw new Error(`${node}/metrics answers ${answer.status}: name the nodes' own addresses, not that of nginx.`)
      }),
    )
  }

  /** Stops all nodes of the started cluster; resolves with the milliseconds it took. */
  async shutDown(): Promise<number | undefined> {
    if (!this.cluster) return undefined
    const began = performance.now()
    await Promise.all(this.cluster.nodes.map((node) => node.stop()))
    return Math.round(performance.now() - began)
  }

  async close(): Promise<void> {
    await this.cluster?.stop()
  }
}

/** Sum of all samples of a metric on a /metrics page; 0 if there are none. */
export function metric(page: string, name: string): number {
  const samples = page.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0)
}
