import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import type { Target } from '../clients/transport.ts'

/** What the nodes count, all of them together. */
export interface Counters {
  /** Entries that were stored. */
  stored: number
  /** Whole messages handed to strangers. */
  relayed: number
  /** Entries handed to connections. */
  delivered: number
  /** Seconds of processor time. */
  cpu: number
  /** Of each node, in bytes. */
  rss: number[]
}

const ANSWER_WITHIN_MS = 10_000

/** The servers under load: a cluster of its own, or one that runs already. */
export class Servers {
  private constructor(
    readonly target: Target,
    /** Their own addresses, past nginx; none where these are not known. */
    readonly nodes: readonly string[],
    private readonly cluster?: RunningCluster,
  ) {}

  static async start(nodes: number, clients: number, env: Record<string, string>): Promise<Servers> {
    // Of nginx: a worker has 16,384 connections, two for each client.
    const workers = `${Math.max(2, Math.ceil(clients / 4_000))}`
    const cluster = await startCluster({ nodes, host: '127.0.0.1', restart: false, env, edgeEnv: { WORKERS: workers } })
    const own = cluster.nodes.map(({ port }) => `http://127.0.0.1:${port}`)
    return new Servers({ host: '127.0.0.1', port: Number(new URL(cluster.url).port) }, own, cluster)
  }

  static at(url: string, nodes: readonly string[]): Servers {
    const { hostname, port } = new URL(url)
    return new Servers({ host: hostname, port: Number(port || 80) }, nodes)
  }

  /** Undefined where the nodes' own addresses are not known. Rejects when one of them does not answer. */
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

  /** Of each node, its page of /metrics. Rejects when one of them does not answer. */
  pages(): Promise<string[]> {
    return Promise.all(
      this.nodes.map(async (node) => {
        const answer = await fetch(new URL('/metrics', node), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
        if (answer.ok) return answer.text()
        throw new Error(`${node}/metrics answers ${answer.status}: name the nodes' own addresses, not that of nginx.`)
      }),
    )
  }

  /** Asks all nodes of its own cluster to leave; resolves to the milliseconds until they had. */
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

/** The sum of all its samples on a page of /metrics; 0 when there is none. */
export function metric(page: string, name: string): number {
  const samples = page.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0)
}
