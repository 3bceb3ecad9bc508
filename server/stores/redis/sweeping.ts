import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Lease } from './lease.ts'

/** Takes back what a lapsed lease said, and may be called again for what it has left. */
export interface Sweeper {
  takeBack(lease: string): Promise<void>
}

/** Any node may sweep, several at once too, and one that stops halfway leaves the rest to the next. */
export function sweep(lease: Lease, { db, keys, sweepers }: { db: Connection; keys: Keys; sweepers: Sweeper[] }): void {
  const underWay = new Set<string>()
  lease.onDying = (leases) => {
    for (const dying of leases) void one(dying).catch(() => {})
  }

  async function one(dying: string): Promise<void> {
    if (underWay.has(dying)) return
    underWay.add(dying)
    try {
      await Promise.all(sweepers.map((sweeper) => sweeper.takeBack(dying)))
      await db.call((redis) => redis.srem(keys.dying(), dying))
    } finally {
      underWay.delete(dying)
    }
  }
}
