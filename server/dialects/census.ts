import { BEAT_MS } from '../../protocol/limits.ts'
import { LOBBY } from '../../protocol/room.ts'
import type { ClusterStats } from '../../protocol/stats.ts'
import { clusterStats } from '../domain/cluster-stats.ts'
import type { Store } from '../domain/ports.ts'

/** The figures of the whole cluster, asked for once a second at most, however many ask. */
export class Census {
  #askedAt = Number.NEGATIVE_INFINITY
  #stats: Promise<ClusterStats> | undefined

  constructor(private readonly store: Store) {}

  /** Unix milliseconds, on the store's clock. */
  now(): number {
    return this.store.now()
  }

  async figures(): Promise<{ connected: number; messages: number; uptimeMs: number }> {
    const { connections, accepted, nodes } = await this.#fresh()
    const uptimeMs = Math.max(0, ...nodes.map((node) => node.uptimeMs))
    // Nodes say what they have once a second; whoever asks is there already.
    return { connected: Math.max(1, connections), messages: accepted, uptimeMs }
  }

  /** The people in the lobby, but for the one who asks. */
  async others(): Promise<number> {
    const { online } = await this.store.roster.here(LOBBY, { limit: 1 })
    return Math.max(0, online - 1)
  }

  #fresh(): Promise<ClusterStats> {
    const now = performance.now()
    if (this.#stats && now - this.#askedAt < BEAT_MS) return this.#stats
    this.#askedAt = now
    const stats = clusterStats(this.store.nodes)
    stats.catch(() => {
      this.#stats = undefined
    })
    this.#stats = stats
    return stats
  }
}
