import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Lease } from './lease.ts'

/** A call that was sent before its lease lapsed may reach the store as late as this, as long as TCP tries again. */
export const LATE_CALL_MS = 60_000

/** Takes back what a lapsed lease said, and may be called again for what it has left. */
export interface Sweeper {
  removeLease(lease: string): Promise<void>
}

/**
 * Any node may sweep, several at once too, and one that stops halfway leaves the rest to the next. A lease is swept at
 * each beat until LATE_CALL_MS have passed since it was clean: a late call may still write under it.
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
