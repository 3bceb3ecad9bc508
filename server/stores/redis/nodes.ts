import type { NodeStats } from '../../../protocol/stats.ts'
import { COUNT_TTL_MS, type Nodes } from '../../domain/ports.ts'
import type { Rate } from '../../domain/token-bucket.ts'
import type { Connection } from './connection.ts'
import { type Keys, shardOf } from './keys.ts'
import type { Lease } from './lease.ts'
import { countConnections } from './scripts/count-connections.ts'
import { liveReports } from './scripts/lease.ts'
import { spend, tally } from './scripts/shared-counters.ts'
import { takeToken } from './scripts/token-bucket.ts'

/** Maximum number of keys per script run, so that none blocks other commands for long. */
const KEYS_AT_ONCE = 200

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
    const reports = (await db.run(liveReports, [keys.leases(), keys.reports()], [])) as string[]
    const byName = new Map(reports.map((json) => JSON.parse(json) as NodeStats).map((stats) => [stats.node, stats]))
    return [...byName.values()].sort((one, other) => (one.node < other.node ? -1 : 1))
  }

  async takeToken(key: string, { perSecond, burst }: Rate): Promise<number> {
    return (await this.db.run(takeToken, [this.keys.bucket(key)], [perSecond, burst])) as number
  }

  spend(spending: Parameters<Nodes['spend']>[0]): Promise<number[]> {
    return batched(spending, async (batch) => {
      const args = batch.flatMap(({ rate, tokens }) => [rate.perSecond, rate.burst, tokens])
      const names = batch.map(({ key }) => this.keys.sharedBucket(key))
      const thousandths = (await this.db.run(spend, names, args)) as number[]
      return thousandths.map((level) => level / 1_000)
    })
  }

  sumCounts(counts: Parameters<Nodes['sumCounts']>[0]): Promise<number[]> {
    return batched(counts, async (batch) => {
      const names = batch.map(({ key }) => this.keys.counts(key))
      const args = [this.lease.id, COUNT_TTL_MS, ...batch.map(({ count }) => count)]
      return (await this.db.run(tally, names, args)) as number[]
    })
  }

  async countConnections(user: string, count: Parameters<Nodes['countConnections']>[1]): Promise<number> {
    const { db, keys } = this
    const { open, arriving, most } = count
    const lease = this.lease.requireHeld()
    const run = (open: number, arriving: number, expired: string[]) =>
      db.run(countConnections, [keys.connections(user)], [lease, open, arriving, most, ...expired]) as Promise<
        [added: number, others: string[]]
      >
    const [added, others] = await run(open, arriving, [])
    if (added === arriving || others.length === 0) return added
    // A lease that is no longer in the set of leases never returns.
    const lapseAt = await db.call((redis) => redis.zmscore(keys.leases(), ...others))
    const expired = others.filter((_, i) => lapseAt[i] === null)
    if (expired.length === 0) return added
    return added + (await run(open + added, arriving - added, expired))[0]
  }

  onStateLost(restate: () => void): void {
    this.lease.onForgotten(restate)
  }
}

/** Splits `items` into script runs with keys of one hash slot, sent together; results are in the order of `items`. */
async function batched<T extends { key: string }>(
  items: readonly T[],
  run: (batch: T[]) => Promise<number[]>,
): Promise<number[]> {
  const byShard = new Map<number, [at: number, item: T][]>()
  for (const each of items.entries()) {
    const shard = shardOf(each[1].key)
    const known = byShard.get(shard)
    if (known) known.push(each)
    else byShard.set(shard, [each])
  }
  const answers: number[] = []
  const runs: Promise<void>[] = []
  for (const shard of byShard.values()) {
    for (let at = 0; at < shard.length; at += KEYS_AT_ONCE) {
      const batch = shard.slice(at, at + KEYS_AT_ONCE)
      const store = (results: number[]) =>
        batch.forEach(([i], nth) => {
          answers[i] = results[nth]!
        })
      runs.push(run(batch.map(([, item]) => item)).then(store))
    }
  }
  await Promise.all(runs)
  return answers
}
