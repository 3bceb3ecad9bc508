import type { NodeStats } from '../../../protocol/stats.ts'
import type { Rate } from '../../domain/pace.ts'
import type { Nodes } from '../../domain/ports.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Lease } from './lease.ts'
import { admit, release } from './scripts/admit.ts'
import { reportsOfLiving } from './scripts/lease.ts'
import { pace } from './scripts/pace.ts'

export class RedisNodes implements Nodes {
  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
    private readonly lease: Lease,
  ) {}

  report(describe: () => NodeStats): void {
    this.lease.describe = describe
  }

  async list(): Promise<NodeStats[]> {
    const { db, keys } = this
    const reports = (await db.run(reportsOfLiving, [keys.leases(), keys.reports()], [])) as string[]
    const byName = new Map(reports.map((json) => JSON.parse(json) as NodeStats).map((stats) => [stats.node, stats]))
    return [...byName.values()].sort((one, other) => (one.node < other.node ? -1 : 1))
  }

  async pace(key: string, { perSecond, burst }: Rate): Promise<number> {
    return (await this.db.run(pace, [this.keys.pace(key)], [perSecond, burst])) as number
  }

  async admit(user: string, most: number): Promise<boolean> {
    const { db, keys, lease } = this
    // Fresh, since a node that came a moment ago counts as well.
    const leases = await db.call((redis) => redis.zrange(keys.leases(), '0', '-1'))
    return (await db.run(admit, [keys.connections(user)], [lease.held(), most, ...leases])) === 1
  }

  async release(user: string): Promise<void> {
    await this.db.run(release, [this.keys.connections(user)], [this.lease.id])
  }
}
