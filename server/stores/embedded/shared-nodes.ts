import type { NodeStats } from '../../../protocol/stats.ts'
import { RateLimiter } from '../../domain/rate-limiter.ts'
import type { Rate } from '../../domain/token-bucket.ts'
import type { Lease } from './lease.ts'
import { EmbeddedCounters } from './shared-counters.ts'

/** Stats of the nodes, connection counts per user and node, and token buckets. In memory. */
export class SharedNodes {
  readonly counters = new EmbeddedCounters()
  readonly #reports = new Map<Lease, { describe: () => NodeStats; latest: NodeStats }>()
  readonly #connections = new Map<string, Map<Lease, number>>()
  /** By rate; only a few rates exist. */
  readonly #limiters = new Map<string, RateLimiter>()

  report(lease: Lease, describe: () => NodeStats): void {
    this.#reports.set(lease, { describe, latest: describe() })
  }

  /** Refreshes a node's stats. Call it once per beat, since they cover the last second. */
  renew(lease: Lease): void {
    const report = this.#reports.get(lease)
    if (report) report.latest = report.describe()
  }

  list(): NodeStats[] {
    const held = [...this.#reports].filter(([lease]) => lease.held)
    return held.map(([, report]) => report.latest).sort((one, other) => (one.node < other.node ? -1 : 1))
  }

  pace(key: string, rate: Rate): number {
    const name = `${rate.perSecond} ${rate.burst}`
    const rateLimiter = this.#limiters.get(name) ?? new RateLimiter(rate)
    this.#limiters.set(name, rateLimiter)
    return rateLimiter.bucket(key).take(performance.now())
  }

  countConnections(
    lease: Lease,
    user: string,
    { open, arriving, most }: { open: number; arriving: number; most: number },
  ): number {
    const counts = this.#connections.get(user) ?? new Map<Lease, number>()
    let total = open
    for (const [other, count] of counts) if (other !== lease) total += count
    const added = Math.max(0, Math.min(arriving, most - total))
    if (open + added > 0) this.#connections.set(user, counts.set(lease, open + added))
    else this.#drop(lease, user, counts)
    return added
  }

  removeLease(lease: Lease): void {
    this.#reports.delete(lease)
    for (const [user, counts] of this.#connections) this.#drop(lease, user, counts)
  }

  #drop(lease: Lease, user: string, counts: Map<Lease, number>): void {
    counts.delete(lease)
    if (counts.size === 0) this.#connections.delete(user)
  }
}
