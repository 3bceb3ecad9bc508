import { arrivalMicros } from './edge.ts'
import type { Pressure } from './nodes.ts'
import { hosting } from './traffic.ts'
import type { UnitCosts } from './unit-costs.ts'
import type { Limits, Workload } from './workload.ts'

export interface Storm {
  /** Connections that come back at once. */
  lost: number
  /** Until the slowest part has taken them, with what it has left beside its daily work. */
  seconds: number
  slowest: string
}

interface Counts {
  nodes: number
  edges: number
  shards: number
}

/** How much of a core is free, when a part uses so much of the share that the plan gives it. */
const free = (used: number, { busy }: Limits): number => 1 - Math.min(0.95, used * busy)

/**
 * So many connections come back to so many nodes and edge machines. Clients spread themselves over their back-off and
 * nodes send away whom they cannot take yet, so work is not lost by crowding: it takes what its CPU takes.
 */
export function storm(
  workload: Workload,
  costs: UnitCosts,
  limits: Limits,
  { nodes, edges, shards }: Counts,
  used: { node: number; edge: number; redis: number; leases: number },
  lost: number,
): Storm {
  const { roomsPerConnection, membersPerRoom } = workload
  const inRedis =
    roomsPerConnection *
    (costs.of('redis.microsPerArrival') +
      costs.of('redis.microsPerRosterRead') +
      hosting(nodes, membersPerRoom) * costs.of('redis.microsPerSubscriber'))
  const seconds = (micros: number, cores: number) => (lost * micros) / 1e6 / cores
  const parts: Pressure[] = [
    { part: 'nodes', used: seconds(costs.of('node.microsPerArrival'), nodes * free(used.node, limits)) },
    {
      part: 'nginx',
      used: seconds(arrivalMicros(workload, costs), edges * limits.workersPerEdge * free(used.edge, limits)),
    },
    { part: 'Redis', used: seconds(inRedis, shards * free(used.redis, limits)) },
    { part: "the leases' shard", used: seconds(nodes * costs.of('redis.microsPerLease'), free(used.leases, limits)) },
  ]
  const slowest = parts.reduce((one, other) => (other.used > one.used ? other : one))
  return { lost, seconds: slowest.used, slowest: slowest.part }
}
