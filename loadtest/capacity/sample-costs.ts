import type { CostName, UnitCostFile } from './unit-costs.ts'
import { KNOWN_COSTS } from './unit-costs.ts'

/** Sample costs with round figures, not measured, so that tests can be verified by hand. */
const VALUES: Record<CostName, number> = {
  'node.bytesEmpty': 100_000_000,
  'node.bytesPerConnection': 20_000,
  'node.microsPerIdleSecond': 2,
  'node.microsPerArrival': 500,
  'node.microsPerSend': 100,
  'node.microsPerHeard': 20,
  'edge.bytesPerConnection': 10_000,
  'edge.microsPerPacket': 5,
  'edge.microsPerArrival': 100,
  'edge.microsPerTlsArrival': 900,
  'kernel.bytesPerSocket': 4_000,
  'redis.bytesPerConnection': 300,
  'redis.bytesPerEntry': 500,
  'redis.microsPerAppend': 15,
  'redis.microsPerSubscriber': 2,
  'redis.microsPerArrival': 40,
  'redis.microsPerLease': 0.2,
  'redis.microsPerRosterRead': 50,
  'redis.microsPerBeat': 10,
}

const origin = { date: '2026-01-31', command: 'npm run made-up' }

export const madeUp: UnitCostFile = {
  machine: 'a machine that does not exist',
  costs: Object.fromEntries(
    Object.entries(VALUES).map(([name, value]) => [name, { value, unit: KNOWN_COSTS[name as CostName][0], ...origin }]),
  ),
  deliveries: [
    { messagesPerSecond: 10, microsPerDelivery: 8.2, ...origin },
    { messagesPerSecond: 100, microsPerDelivery: 6.1, ...origin },
    { messagesPerSecond: 1_000, microsPerDelivery: 1.0, ...origin },
  ],
}
