import { BEAT_MS } from '../../protocol/limits.ts'
import { LOBBY } from '../../protocol/room.ts'
import { clusterStats } from '../domain/cluster-stats.ts'
import type { Journal } from '../domain/journal.ts'
import type { Store } from '../domain/ports.ts'

/** The figures of the whole cluster, asked for once a second at most, however many ask. */
export class StatsCache {
  #askedAt = Number.NEGATIVE_INFINITY
  #stats: ReturnType<typeof clusterStats> | undefined

  constructor(
    private readonly store: Store,
    private readonly journal: Pick<Journal, 'totals'>,
  ) {}

  /** Unix milliseconds, on the store's clock. */
  now(): number {
    return this.store.now()
  }

  async figures(): Promise<{ connected: number; messages: number; uptimeMs: number }> {
    const { connections, totals, nodes } = await this.#fresh()
    const uptimeMs = Math.max(0, ...nodes.map((node) => node.uptimeMs))
    // Nodes say what they have once a second; whoever asks is there already.
    return { connected: Math.max(1, connections), messages: totals.messages, uptimeMs }
  }

  /** The people in the lobby, but for the one who asks. */
  async others(): Promise<number> {
    const { online } = await this.store.roster.list(LOBBY, { limit: 1 })
    return Math.max(0, online - 1)
  }

  #fresh(): ReturnType<typeof clusterStats> {
    const now = performance.now()
    if (this.#stats && now - this.#askedAt < BEAT_MS) return this.#stats
    this.#askedAt = now
    const stats = clusterStats(this.store.nodes, this.journal)
    stats.catch(() => {
      this.#stats = undefined
    })
    this.#stats = stats
    return stats
  }
}
