import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Lease } from './lease.ts'

/** A call that was sent before its lease lapsed may reach the store as late as this, as long as TCP tries again. */
export const LATE_CALL_MS = 60_000

/** Takes back what a lapsed lease said, and may be called again for what it has left. */
export interface Sweeper {
  takeBack(lease: string): Promise<void>
}

/**
 * Any node may sweep, several at once too, and one that stops halfway leaves the rest to the next. A lease is swept at
 * each beat until LATE_CALL_MS have passed since it was clean: a late call may still write under it.
 */
export function sweep(lease: Lease, { db, keys, sweepers }: { db: Connection; keys: Keys; sweepers: Sweeper[] }): void {
  const underWay = new Set<string>()
  const sweptAt = new Map<string, number>()
  lease.onDying = (leases) => {
    for (const dying of leases) void one(dying).catch(() => {})
  }

  async function one(dying: string): Promise<void> {
    if (underWay.has(dying)) return
    underWay.add(dying)
    try {
      await Promise.all(sweepers.map((sweeper) => sweeper.takeBack(dying)))
      const now = performance.now()
      for (const [lease, at] of sweptAt) if (now - at > 2 * LATE_CALL_MS) sweptAt.delete(lease)
      const first = sweptAt.get(dying) ?? now
      sweptAt.set(dying, first)
      if (now - first < LATE_CALL_MS) return
      await db.call((redis) => redis.srem(keys.dying(), dying))
      sweptAt.delete(dying)
    } finally {
      underWay.delete(dying)
    }
  }
}
