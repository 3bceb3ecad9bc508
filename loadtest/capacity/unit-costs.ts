import { type DeliveryCost, type DeliveryPoint, fitDelivery } from './gathering.ts'

/** All costs of the model with unit and meaning. CPU is busy time of one core, in microseconds. */
export const KNOWN_COSTS = {
  'node.bytesEmpty': ['B', 'memory of a node that nobody is connected to'],
  'node.bytesPerConnection': ['B', 'memory of a node, per connection that has joined a room'],
  'node.microsPerIdleSecond': ['µs', 'CPU of a node for one silent connection, per second: pings'],
  'node.microsPerArrival': ['µs', 'CPU of a node for a handshake and one room:join'],
  'node.microsPerSend': ['µs', 'CPU of a node for one message:send and its answer, deliveries apart'],
  'node.microsPerHeard': ['µs', 'CPU of a node for one entry heard from Redis, deliveries apart'],
  'edge.bytesPerConnection': ['B', 'memory of nginx, per proxied connection'],
  'edge.microsPerPacket': ['µs', 'CPU of nginx for one packet to one client'],
  'edge.microsPerArrival': ['µs', 'CPU of nginx for one new connection, without TLS'],
  'edge.microsPerTlsArrival': ['µs', 'what TLS adds to that'],
  'kernel.bytesPerSocket': ['B', 'kernel memory of one idle TCP socket'],
  'redis.bytesPerConnection': ['B', 'memory of Redis, per person in one room'],
  'redis.bytesPerEntry': ['B', 'memory of Redis, per entry of a log'],
  'redis.microsPerAppend': ['µs', 'CPU of Redis for one append'],
  'redis.microsPerSubscriber': ['µs', 'CPU of Redis for one message to one subscribed node'],
  'redis.microsPerArrival': ['µs', 'CPU of Redis for one arrival in one room, and the departure'],
  'redis.microsPerLease': ['µs', 'what each node of the cluster adds to an arrival'],
  'redis.microsPerRosterRead': ['µs', 'CPU of Redis for one page of a roster'],
  'redis.microsPerBeat': ['µs', "CPU of Redis for one beat of a node's lease"],
} as const

export type CostName = keyof typeof KNOWN_COSTS

/** One value of loadtest/results/unit-costs.json. */
export interface Measured {
  value: number
  unit: string
  /** YYYY-MM-DD. */
  date: string
  /** The command that measured it. */
  command: string
}

export interface MeasuredDelivery extends DeliveryPoint {
  date: string
  command: string
}

/** loadtest/results/unit-costs.json. */
export interface UnitCostFile {
  machine: string
  costs: Partial<Record<CostName, Measured>>
  /** Node CPU per delivery in one large room on one node, at several rates. */
  deliveries: MeasuredDelivery[]
}

export interface UnitCosts {
  machine: string
  of(name: CostName): number
  delivery: DeliveryCost
  /** The points from which `delivery` was fitted. */
  points: DeliveryPoint[]
  /** Names of costs that were not measured and count as 0. */
  missing: string[]
  commands: string[]
}

/** All costs are 0: the plan is limited by files, ports and connections only. */
export const NO_COSTS: UnitCosts = {
  machine: 'none',
  of: () => 0,
  delivery: { perPacket: 0, perEntry: 0 },
  points: [],
  missing: [...Object.keys(KNOWN_COSTS), 'deliveries'],
  commands: [],
}

/** The costs of a parsed file, or one sentence for each problem. */
export function unitCosts(parsed: unknown): UnitCosts | string[] {
  const problems: string[] = []
  const file = (parsed ?? {}) as Partial<UnitCostFile>
  const { costs = {}, deliveries = [], machine } = file
  if (typeof machine !== 'string' || machine === '')
    problems.push('"machine" must describe the machine of the measurement.')
  for (const [name, cost] of Object.entries(costs)) {
    if (!Object.hasOwn(KNOWN_COSTS, name)) problems.push(`Unknown cost: ${name}.`)
    else problems.push(...problemsOf(name as CostName, cost))
  }
  if (!Array.isArray(deliveries)) problems.push('"deliveries" must be a list of points.')
  else problems.push(...deliveries.flatMap(problemsOfPoint))
  if (problems.length > 0) return problems

  const names = [...Object.keys(KNOWN_COSTS), ...(deliveries.length === 0 ? ['deliveries'] : [])]
  return {
    machine: machine as string,
    of: (name) => costs[name]?.value ?? 0,
    delivery: fitDelivery(deliveries),
    points: deliveries,
    missing: names.filter((name) => costs[name as CostName] === undefined),
    commands: [...new Set([...Object.values(costs), ...deliveries].map(({ command }) => command))],
  }
}

function problemsOf(name: CostName, { value, unit, date, command }: Partial<Measured>): string[] {
  const [expected] = KNOWN_COSTS[name]
  return [
    isPositive(value, 0) ? '' : `${name}: "value" must be a number of at least 0, not ${value}.`,
    unit === expected ? '' : `${name} is in ${expected}, not in ${unit}.`,
    ...problemsOfOrigin(name, { date, command }),
  ].filter(Boolean)
}

function problemsOfPoint(point: Partial<MeasuredDelivery>, at: number): string[] {
  const name = `deliveries[${at}]`
  return [
    isPositive(point.messagesPerSecond) ? '' : `${name}: "messagesPerSecond" must be a number above 0.`,
    isPositive(point.microsPerDelivery) ? '' : `${name}: "microsPerDelivery" must be a number above 0.`,
    ...problemsOfOrigin(name, point),
  ].filter(Boolean)
}

function problemsOfOrigin(name: string, { date, command }: { date?: string; command?: string }): string[] {
  return [
    /^\d{4}-\d\d-\d\d$/.test(date ?? '') ? '' : `${name}: "date" must be a date such as 2026-01-31.`,
    command ? '' : `${name}: "command" must be the command that was run.`,
  ].filter(Boolean)
}

const isPositive = (value: unknown, above = Number.MIN_VALUE): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value >= above
