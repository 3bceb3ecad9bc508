import { grid } from '../report/markdown.ts'
import type { Pressure } from './nodes.ts'
import { failsFirst, type Plan } from './plan.ts'
import { CLIENTS_PER_NODE, rosterReads } from './redis.ts'
import type { Storm } from './storm.ts'
import type { UnitCosts } from './unit-costs.ts'

type Row = [name: string, cell: (plan: Plan) => string]

const table = (plans: Plan[], rows: Row[]): string =>
  grid(
    ['connections', ...plans.map(({ workload }) => whole(workload.connections))],
    rows.map(([name, cell]) => [name, ...plans.map(cell)]),
  )

/** Work per second, one column per plan. Independent of measured costs except for the number of nodes. */
export const workTable = (plans: Plan[]): string =>
  table(plans, [
    ['rooms', ({ flow }) => whole(flow.rooms)],
    ['messages/s', ({ flow }) => whole(flow.messages)],
    ['deliveries/s', ({ flow }) => whole(flow.deliveries)],
    ['arrivals/s, and as many departures', ({ flow }) => whole(flow.arrivals)],
    ['nodes', ({ nodes }) => whole(nodes.count)],
    ['nodes that host a room', ({ hosts }) => hosts.toFixed(1)],
    ['entries from Redis to nodes/s', ({ flow, hosts }) => whole(flow.messages * hosts)],
    ['roster pages read/s', ({ workload, flow, nodes }) => whole(rosterReads(workload, flow, nodes.count))],
    ['leases read by arrivals/s', ({ flow, nodes }) => whole(flow.arrivals * nodes.count)],
    ["Redis's client connections", ({ nodes }) => whole(nodes.count * CLIENTS_PER_NODE)],
    ['edge machines', ({ edges }) => whole(edges.count)],
    [
      'ports between an edge machine and a node',
      ({ workload, nodes, edges }) => whole(workload.connections / nodes.count / edges.count),
    ],
    ['to clients', ({ network }) => bits(network.clients)],
    ['Redis to nodes', ({ network }) => bits(network.redis)],
    ['between zones', ({ network }) => bits(network.betweenZones)],
  ])

/** Resources needed, one column per plan. */
export const planTable = (plans: Plan[]): string =>
  table(plans, [
    ['**nodes**', ({ nodes }) => `**${whole(nodes.count)}**`],
    ['decided by', ({ nodes }) => nodes.decidedBy],
    ['connections a node', ({ nodes }) => whole(nodes.connectionsEach)],
    ['memory a node', ({ nodes }) => bytes(nodes.bytesEach)],
    ['CPU a node', ({ nodes }) => `${percent(nodes.busyEach)} of a core`],
    ['**edge machines**', ({ edges }) => `**${whole(edges.count)}**`],
    ['decided by', ({ edges }) => edges.decidedBy],
    ['nginx memory a machine', ({ edges }) => bytes(edges.bytesEach)],
    ['**Redis shards**', ({ redis }) => `**${whole(redis.shards)}**`],
    ['decided by', ({ redis }) => redis.decidedBy],
    ['memory a shard', ({ redis }) => bytes(redis.bytesEach)],
    ['kernel memory for sockets', ({ kernelBytes }) => bytes(kernelBytes)],
    ['a node dies', ({ storms }) => stormCell(storms.node)],
    ['an edge machine dies', ({ storms }) => stormCell(storms.edge)],
    ['everybody comes back', ({ storms }) => stormCell(storms.everybody)],
    ['**fails first**', (plan) => `**${pressureCell(failsFirst(plan))}**`],
    ['cannot be spread', ({ single }) => single.slice(0, 2).map(pressureCell).join(', ')],
  ])

/** Source of the costs, and which are missing. */
export function origin({ machine, commands, missing }: UnitCosts): string {
  const from = `Unit costs: ${machine}; ${commands.map((command) => `\`${command}\``).join(', ')}.`
  if (missing.length === 0) return from
  return `${from}\nNot measured, and counted as nothing: ${missing.map((name) => `\`${name}\``).join(', ')}.`
}

const pressureCell = ({ part, used }: Pressure): string => `${part} at ${percent(used)}`

const stormCell = ({ lost, seconds, slowest }: Storm): string =>
  `${whole(lost)} come back in ${duration(seconds)} (${slowest})`

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const percent = (used: number): string => `${whole(used * 100)} %`

function bytes(value: number): string {
  if (value >= 2 ** 40) return `${(value / 2 ** 40).toFixed(1)} TiB`
  return value >= 2 ** 30 ? `${(value / 2 ** 30).toFixed(1)} GiB` : `${whole(value / 2 ** 20)} MiB`
}

function bits(perSecond: number): string {
  return perSecond >= 1e9 ? `${(perSecond / 1e9).toFixed(1)} Gbit/s` : `${(perSecond / 1e6).toFixed(1)} Mbit/s`
}

function duration(seconds: number): string {
  if (seconds >= 600) return `${whole(seconds / 60)} min`
  return seconds >= 10 ? `${whole(seconds)} s` : `${seconds.toFixed(1)} s`
}
