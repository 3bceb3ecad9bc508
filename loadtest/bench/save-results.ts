import { join } from 'node:path'
import { ROOT } from '../../server/local/root.ts'
import { fitDelivery, microsPerDelivery, packetsPerEntry } from '../capacity/gathering.ts'
import { saveUnitCosts } from '../capacity/keep.ts'
import { type CostName, KNOWN_COSTS, type UnitCostFile } from '../capacity/unit-costs.ts'
import { type Results, summarize } from './results.ts'
import { WORKLOADS } from './workloads.ts'

/**
 * At lower rates the machine sleeps between messages, and waking up doubles the cost of a write for every system. A
 * capacity plan asks for the cost on a busy node.
 */
const BUSY_PER_SECOND = 100

/**
 * CPU cost of a delivery on one Hubbub node, by rate, in a room of 1,000 members on that node: for `npm run capacity`.
 */
export function deliveriesOf({ runs }: Pick<Results, 'runs'>): UnitCostFile['deliveries'] {
  return summarize(runs).flatMap(({ workload, contestant, nodes, transport, cpuPerDelivery }) => {
    const { kind, rooms, edge, perSecond } = WORKLOADS.find(({ name }) => name === workload)!
    if (contestant !== 'hubbub' || nodes !== 1 || transport !== 'websocket') return []
    if (kind !== 'steady' || rooms !== 1 || edge || perSecond < BUSY_PER_SECOND || !cpuPerDelivery) return []
    const microsPerDelivery = Number(cpuPerDelivery.median.toPrecision(3))
    const dates = runs.filter((run) => run.workload === workload).map(({ at }) => at.slice(0, 10))
    return [{ messagesPerSecond: perSecond, microsPerDelivery, date: dates.sort().at(-1)!, command: 'npm run bench' }]
  })
}

/**
 * Costs of a message besides its deliveries, in microseconds, from many small rooms on one and on three nodes: the
 * difference is what two more nodes spend on receiving it and Redis on publishing it. Also the cost of a packet in
 * nginx.
 */
export function messageCostsOf({ runs }: Pick<Results, 'runs'>): Partial<Record<CostName, number>> {
  const summaries = summarize(runs)
  const find = (workload: string, nodes: number) =>
    summaries.find((each) => {
      return (
        each.workload === workload &&
        each.nodes === nodes &&
        each.contestant === 'hubbub' &&
        each.transport === 'websocket'
      )
    })
  const { size, rooms, perSecond } = WORKLOADS.find(({ name }) => name === 'rooms')!
  const perMessage = (nodes: number, part: 'cpuPerDelivery' | 'redisPerDelivery') =>
    (find('rooms', nodes)?.[part]?.median ?? Number.NaN) * size
  const oneMore = (part: 'cpuPerDelivery' | 'redisPerDelivery') => (perMessage(3, part) - perMessage(1, part)) / 2
  const writing = size * microsPerDelivery(fitDelivery(deliveriesOf({ runs })), perSecond / rooms)
  const busy = WORKLOADS.find(({ name }) => name === 'room-300-edge')!
  const costs: Partial<Record<CostName, number>> = {
    'node.microsPerHeard': oneMore('cpuPerDelivery'),
    'node.microsPerSend': perMessage(1, 'cpuPerDelivery') - oneMore('cpuPerDelivery') - writing,
    'redis.microsPerSubscriber': oneMore('redisPerDelivery'),
    'redis.microsPerAppend': perMessage(1, 'redisPerDelivery') - oneMore('redisPerDelivery'),
    'edge.microsPerPacket':
      (find(busy.name, 3)?.edgePerDelivery?.median ?? Number.NaN) / packetsPerEntry(busy.perSecond),
  }
  const known = Object.entries(costs).filter(([, micros]) => micros > 0)
  return Object.fromEntries(known.map(([name, micros]) => [name, Number(micros.toPrecision(3))]))
}

/** Stores both in the unit costs, as far as they were measured. */
export function saveCosts(all: Results): void {
  const deliveries = deliveriesOf(all)
  const date = all.runs
    .map(({ at }) => at.slice(0, 10))
    .sort()
    .at(-1)!
  const named = Object.entries(messageCostsOf(all)).map(([name, value]) => {
    const [unit] = KNOWN_COSTS[name as CostName]
    return [name, { value, unit, date, command: 'npm run bench' }]
  })
  saveUnitCosts(join(ROOT, 'loadtest', 'results', 'unit-costs.json'), {
    costs: Object.fromEntries(named),
    ...(deliveries.length > 0 && { deliveries }),
  })
}
