import { arrivalMicros } from './edge.ts'
import type { Pressure } from './nodes.ts'
import { hosting } from './traffic.ts'
import type { UnitCosts } from './unit-costs.ts'
import type { Limits, Workload } from './workload.ts'

export interface Storm {
  /** Connections that reconnect at once. */
  lost: number
  /** Until the slowest part has accepted them with its spare CPU. */
  seconds: number
  slowest: string
}

interface Counts {
  nodes: number
  edges: number
  shards: number
}

/** Free share of a core, given the utilization of the planned share. */
const free = (used: number, { busy }: Limits): number => 1 - Math.min(0.95, used * busy)

/**
 * Duration of a mass reconnect. Clients spread over their back-off and nodes refuse what they cannot accept yet, so no
 * work is wasted: the duration depends on CPU alone.
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
