import { largest, withSpare } from './nodes.ts'
import type { Traffic } from './traffic.ts'
import type { UnitCosts } from './unit-costs.ts'
import type { Limits, Workload } from './workload.ts'

/** A proxied WebSocket uses two: to the client and to the node. */
const FILES_PER_CONNECTION = 2

export function arrivalMicros({ tls }: Workload, costs: UnitCosts): number {
  return costs.of('edge.microsPerArrival') + (tls ? costs.of('edge.microsPerTlsArrival') : 0)
}

/** CPU seconds per second of all nginx workers together. */
export function edgeBusy(workload: Workload, { packets, messages, arrivals }: Traffic, costs: UnitCosts): number {
  // Sends and their responses also pass through nginx.
  const passed = packets + 2 * messages
  return (passed * costs.of('edge.microsPerPacket') + arrivals * arrivalMicros(workload, costs)) / 1e6
}

export function edgePressures(workload: Workload, flow: Traffic, costs: UnitCosts, limits: Limits, nodes: number) {
  return (machines: number) => {
    const workers = machines * limits.workersPerEdge
    const files = (workload.connections / workers) * FILES_PER_CONNECTION
    return {
      files: { part: "an nginx worker's files", used: files / limits.files },
      cpu: { part: "an nginx worker's CPU", used: edgeBusy(workload, flow, costs) / workers / limits.busy },
      link: { part: "an edge machine's link", used: (flow.clientBytes * 8) / machines / (limits.linkBits / 2) },
      ports: {
        part: 'ports between an edge machine and a node',
        used: workload.connections / machines / nodes / limits.ports,
      },
    }
  }
}

/** Number of machines with `workersPerEdge` workers each, spares included, and the deciding limit. */
export function countEdges(workload: Workload, flow: Traffic, costs: UnitCosts, limits: Limits, nodes: number) {
  const worst = largest(Object.values(edgePressures(workload, flow, costs, limits, nodes)(1)))
  return { count: withSpare(worst.used, workload.zones), decidedBy: worst.part }
}
