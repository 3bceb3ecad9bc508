import { join } from 'node:path'
import { ROOT } from '../../server/local/root.ts'
import { keepUnitCosts } from '../capacity/keep.ts'
import type { UnitCostFile } from '../capacity/unit-costs.ts'
import { machineInWords } from '../machine.ts'
import { type Results, summarize } from './results.ts'
import { WORKLOADS } from './workloads.ts'

export const RESULTS = join(ROOT, 'loadtest', 'results')

/** What a delivery costs one node of Hubbub at each rate in a room of 1,000 that all are on it: for `npm run capacity`. */
export function deliveriesOf({ runs }: Pick<Results, 'runs'>): UnitCostFile['deliveries'] {
  const date =
    runs
      .map(({ at }) => at)
      .sort()
      .at(-1)
      ?.slice(0, 10) ?? ''
  return summarize(runs).flatMap(({ workload, contestant, nodes, transport, cpuPerDelivery }) => {
    const { kind, rooms, edge, perSecond } = WORKLOADS.find(({ name }) => name === workload)!
    if (contestant !== 'hubbub' || nodes !== 1 || transport !== 'websocket') return []
    if (kind !== 'steady' || rooms !== 1 || edge || !cpuPerDelivery) return []
    const microsPerDelivery = Number(cpuPerDelivery.median.toPrecision(3))
    return [{ messagesPerSecond: perSecond, microsPerDelivery, date, command: 'npm run bench' }]
  })
}

/** Puts them among the unit costs, if any were measured. */
export function keepDeliveries(all: Results, folder = RESULTS): void {
  const deliveries = deliveriesOf(all)
  if (deliveries.length > 0) keepUnitCosts(join(folder, 'unit-costs.json'), { machine: machineInWords(), deliveries })
}
