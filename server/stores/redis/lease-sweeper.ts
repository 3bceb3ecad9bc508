import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Lease } from './lease.ts'

/** A call sent before its lease expired may reach the store this much later, as long as TCP retransmits it. */
export const LATE_CALL_MS = 60_000

/** Removes what depends on an expired lease. It may be called again for the same lease. */
export interface Sweeper {
  removeLease(lease: string): Promise<void>
}

/**
 * Sweeps expired leases. Any node may sweep, also concurrently; if one stops midway, others finish. A lease is swept at
 * each beat until LATE_CALL_MS after it was first clean, since delayed calls may still write under it.
 */
export function startSweeping(
  lease: Lease,
  { db, keys, sweepers }: { db: Connection; keys: Keys; sweepers: Sweeper[] },
): void {
  const inProgress = new Set<string>()
  const sweptAt = new Map<string, number>()
  lease.onExpired = (leases) => {
    for (const expired of leases) void sweepLease(expired).catch(() => {})
  }

  async function sweepLease(expired: string): Promise<void> {
    if (inProgress.has(expired)) return
    inProgress.add(expired)
    try {
      await Promise.all(sweepers.map((sweeper) => sweeper.removeLease(expired)))
      const now = performance.now()
      for (const [lease, at] of sweptAt) if (now - at > 2 * LATE_CALL_MS) sweptAt.delete(lease)
      const first = sweptAt.get(expired) ?? now
      sweptAt.set(expired, first)
      if (now - first < LATE_CALL_MS) return
      await db.call((redis) => redis.srem(keys.expired(), expired))
      sweptAt.delete(expired)
    } finally {
      inProgress.delete(expired)
    }
  }
}
