import type { Pressure } from './nodes.ts'
import { failsFirst, type Plan } from './plan.ts'
import type { Storm } from './storm.ts'
import type { UnitCosts } from './unit-costs.ts'

/** Plans side by side, as a Markdown table. */
export function planTable(plans: Plan[]): string {
  const row = (name: string, cell: (plan: Plan) => string) => `| ${[name, ...plans.map(cell)].join(' | ')} |`
  return [
    row('connections', ({ workload }) => whole(workload.connections)),
    `|${'---|'.repeat(plans.length + 1)}`,
    row('rooms', ({ flow }) => whole(flow.rooms)),
    row('messages/s', ({ flow }) => whole(flow.messages)),
    row('deliveries/s', ({ flow }) => whole(flow.deliveries)),
    row('arrivals/s', ({ flow }) => whole(flow.arrivals)),
    row('**nodes**', ({ nodes }) => `**${whole(nodes.count)}**`),
    row('decided by', ({ nodes }) => nodes.decidedBy),
    row('connections a node', ({ nodes }) => whole(nodes.connectionsEach)),
    row('memory a node', ({ nodes }) => bytes(nodes.bytesEach)),
    row('CPU a node', ({ nodes }) => `${percent(nodes.busyEach)} of a core`),
    row('**edge machines**', ({ edges }) => `**${whole(edges.count)}**`),
    row('decided by', ({ edges }) => edges.decidedBy),
    row('nginx memory a machine', ({ edges }) => bytes(edges.bytesEach)),
    row('**Redis shards**', ({ redis }) => `**${whole(redis.shards)}**`),
    row('decided by', ({ redis }) => redis.decidedBy),
    row('memory a shard', ({ redis }) => bytes(redis.bytesEach)),
    row('nodes that host a room', ({ hosts }) => hosts.toFixed(1)),
    row('kernel memory for sockets', ({ kernelBytes }) => bytes(kernelBytes)),
    row('to clients', ({ network }) => bits(network.clients)),
    row('Redis to nodes', ({ network }) => bits(network.redis)),
    row('between zones', ({ network }) => bits(network.betweenZones)),
    row('a node dies', ({ storms }) => stormCell(storms.node)),
    row('an edge machine dies', ({ storms }) => stormCell(storms.edge)),
    row('everybody comes back', ({ storms }) => stormCell(storms.everybody)),
    row('**fails first**', (plan) => `**${pressureCell(failsFirst(plan))}**`),
    row('cannot be spread', ({ single }) => single.slice(0, 2).map(pressureCell).join(', ')),
  ].join('\n')
}

/** Where the costs come from, and what is not among them. */
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
