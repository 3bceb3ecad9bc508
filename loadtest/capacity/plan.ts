import { countEdges, edgePressures } from './edge.ts'
import { busiestRoomOnNode, countNodes, largest, nodePressures, type Pressure } from './nodes.ts'
import { countShards, leasesBusy, redisBytes, redisFixed, redisPressures } from './redis.ts'
import { type Storm, storm } from './storm.ts'
import { hosting, type Traffic, traffic } from './traffic.ts'
import type { UnitCosts } from './unit-costs.ts'
import type { Limits, Workload } from './workload.ts'

export interface Plan {
  workload: Workload
  flow: Traffic
  nodes: { count: number; decidedBy: string; connectionsEach: number; bytesEach: number; busyEach: number }
  edges: { count: number; decidedBy: string; bytesEach: number }
  redis: { shards: number; decidedBy: string; bytesEach: number }
  /** Average number of nodes that host a room, and so the copies of each entry that leave Redis. */
  hosts: number
  /** Kernel memory of all TCP sockets, edge and nodes together. */
  kernelBytes: number
  /** Bits per second: to clients, from Redis to nodes, and the internal traffic of both between zones. */
  network: { clients: number; redis: number; betweenZones: number }
  storms: { node: Storm; edge: Storm; everybody: Storm }
  /** Limits that adding instances raises, the fullest first. */
  spread: Pressure[]
  /** Limits of parts that cannot be scaled out, the fullest first. Above 1, the plan is infeasible. */
  single: Pressure[]
}

/** Resources needed for a workload. All figures describe the running cluster, spares included. */
export function plan(workload: Workload, costs: UnitCosts, limits: Limits): Plan {
  const flow = traffic(workload)
  const { connections, zones } = workload
  const nodes = countNodes(workload, flow, costs, limits)
  const edges = countEdges(workload, flow, costs, limits, nodes.count)
  const shards = countShards(workload, flow, costs, limits, nodes.count)
  const node = nodePressures(workload, flow, costs, limits, nodes.count)
  const edge = edgePressures(workload, flow, costs, limits, nodes.count)(edges.count)
  const redis = redisPressures(workload, flow, costs, limits, nodes.count)(shards.count)
  const hosts = hosting(nodes.count, workload.membersPerRoom)

  const toClients = flow.clientBytes * 8
  const fromRedis = flow.messages * hosts * workload.entryBytes * 8
  const counts = { nodes: nodes.count, edges: edges.count, shards: shards.count }
  const leases = leasesBusy(flow, costs, nodes.count) / limits.busy
  const used = { node: node.cpu.used, edge: edge.cpu.used, redis: redis.cpu.used, leases }
  const storms = (without: Partial<typeof counts>, lost: number) =>
    storm(workload, costs, limits, { ...counts, ...without }, used, lost)

  return {
    workload,
    flow,
    hosts,
    nodes: {
      ...nodes,
      connectionsEach: connections / nodes.count,
      bytesEach: node.memory.used * limits.nodeBytes,
      busyEach: node.cpu.used * limits.busy,
    },
    edges: { ...edges, bytesEach: (connections / edges.count) * costs.of('edge.bytesPerConnection') },
    redis: {
      shards: shards.count,
      decidedBy: shards.decidedBy,
      bytesEach: redisBytes(workload, flow, costs) / shards.count,
    },
    // Two sockets on the edge and one on the node.
    kernelBytes: 3 * connections * costs.of('kernel.bytesPerSocket'),
    network: {
      clients: toClients,
      redis: fromRedis,
      betweenZones: ((zones - 1) / zones) * (toClients + fromRedis),
    },
    storms: {
      node: storms({ nodes: nodes.count - 1 }, connections / nodes.count),
      edge: storms({ edges: edges.count - 1 }, connections / edges.count),
      everybody: storms({}, connections),
    },
    spread: [...Object.values(node), ...Object.values(edge), ...Object.values(redis)].sort(fullestFirst),
    single: [
      { part: "a node's CPU, the busiest room alone", used: busiestRoomOnNode(workload, costs, limits, nodes.count) },
      ...redisFixed(workload, flow, costs, limits, nodes.count),
    ].sort(fullestFirst),
  }
}

const fullestFirst = (one: Pressure, other: Pressure): number => other.used - one.used

/** The limit that is reached first when the load grows and the plan stays. */
export const failsFirst = ({ spread, single }: Plan): Pressure => largest([...spread, ...single])
