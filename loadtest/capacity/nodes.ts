import { microsPerDelivery, packetsPerEntry } from './gathering.ts'
import { hosting, type Traffic } from './traffic.ts'
import type { UnitCosts } from './unit-costs.ts'
import type { Limits, Workload } from './workload.ts'

/** Files of a node besides client sockets: Redis, logs, listeners, connections being accepted. */
const OWN_FILES = 200
const MOST_NODES = 1e6

/** Utilization of a limit: 1 is full. */
export interface Pressure {
  part: string
  used: number
}

/** CPU seconds per second of all nodes together, by number of nodes. */
export function nodesBusy(workload: Workload, { rooms, messages, deliveries, arrivals }: Traffic, costs: UnitCosts) {
  const each = microsPerDelivery(costs.delivery, messages / rooms)
  const steady =
    deliveries * each +
    messages * costs.of('node.microsPerSend') +
    arrivals * costs.of('node.microsPerArrival') +
    workload.connections * costs.of('node.microsPerIdleSecond')
  return (nodes: number) =>
    (steady + messages * hosting(nodes, workload.membersPerRoom) * costs.of('node.microsPerHeard')) / 1e6
}

export function nodePressures(workload: Workload, flow: Traffic, costs: UnitCosts, limits: Limits, nodes: number) {
  const connections = workload.connections / nodes
  const bytes = costs.of('node.bytesEmpty') + connections * costs.of('node.bytesPerConnection')
  return {
    files: { part: "a node's files", used: connections / (limits.files - OWN_FILES) },
    memory: { part: "a node's memory", used: bytes / limits.nodeBytes },
    cpu: { part: "a node's CPU", used: nodesBusy(workload, flow, costs)(nodes) / nodes / limits.busy },
  } satisfies Record<string, Pressure>
}

/** CPU of one node for the busiest room alone, relative to its limit. */
export function busiestRoomOnNode({ busiestRoom }: Workload, costs: UnitCosts, limits: Limits, nodes: number): number {
  const { members, messagesPerSecond } = busiestRoom
  const local = members / Math.min(nodes, members)
  const packets = messagesPerSecond * packetsPerEntry(messagesPerSecond)
  const { perPacket, perEntry } = costs.delivery
  const micros =
    local * (packets * perPacket + messagesPerSecond * perEntry) + messagesPerSecond * costs.of('node.microsPerHeard')
  return micros / 1e6 / limits.busy
}

/**
 * Adds spares: the remaining instances must carry the load after the loss of one zone, or of one process if there is a
 * single zone.
 */
export const withSpare = (needed: number, zones: number): number =>
  zones > 1 ? Math.max(zones, Math.ceil((needed * zones) / (zones - 1))) : Math.ceil(needed) + 1

/** Number of nodes, spares included, and the deciding limit. */
export function countNodes(workload: Workload, flow: Traffic, costs: UnitCosts, limits: Limits) {
  const pressuresWith = (nodes: number) => nodePressures(workload, flow, costs, limits, nodes)
  for (let count = withSpare(1, workload.zones); count < MOST_NODES; ) {
    // The load after the loss of a zone is computed again for each count, because more nodes increase the cost of each
    // room.
    const left = workload.zones > 1 ? (count * (workload.zones - 1)) / workload.zones : Math.max(1, count - 1)
    const worst = largest(Object.values(pressuresWith(left)))
    if (worst.used <= 1) return { count, decidedBy: worst.part }
    count = Math.max(count + 1, Math.min(withSpare(left * worst.used, workload.zones), count * 2))
  }
  throw new RangeError(`No ${MOST_NODES} nodes carry this; a node alone is past a limit.`)
}

export const largest = (pressures: Pressure[]): Pressure =>
  pressures.reduce((worst, pressure) => (pressure.used > worst.used ? pressure : worst))
