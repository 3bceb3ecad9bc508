import { BEAT_MS } from '../../protocol/limits.ts'
import { LOBBY } from '../../protocol/room.ts'
import { clusterStats } from '../domain/cluster-stats.ts'
import type { Journal } from '../domain/journal.ts'
import type { Store } from '../domain/ports.ts'

/** Statistics of the whole cluster, read from the store at most once per BEAT_MS for all clients. */
export class StatsCache {
  #requestedAt = Number.NEGATIVE_INFINITY
  #stats: ReturnType<typeof clusterStats> | undefined

  constructor(
    private readonly store: Store,
    private readonly journal: Pick<Journal, 'totals'>,
  ) {}

  /** Unix milliseconds on the clock of the store. */
  now(): number {
    return this.store.now()
  }

  async stats(): Promise<{ connected: number; messages: number; uptimeMs: number }> {
    const { connections, totals, nodes } = await this.#fresh()
    const uptimeMs = Math.max(0, ...nodes.map((node) => node.uptimeMs))
    // Nodes report their connections once per second; the requesting client may not be counted yet.
    return { connected: Math.max(1, connections), messages: totals.messages, uptimeMs }
  }

  /** Number of users in the lobby, except for the one who asks. */
  async othersInLobby(): Promise<number> {
    const { online } = await this.store.roster.list(LOBBY, { limit: 1 })
    return Math.max(0, online - 1)
  }

  #fresh(): ReturnType<typeof clusterStats> {
    const now = performance.now()
    if (this.#stats && now - this.#requestedAt < BEAT_MS) return this.#stats
    this.#requestedAt = now
    const stats = clusterStats(this.store.nodes, this.journal)
    stats.catch(() => {
      this.#stats = undefined
    })
    this.#stats = stats
    return stats
  }
}
