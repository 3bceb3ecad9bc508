import { columns } from '../bench/table.ts'
import { type Attempt, bytesEach, type Costs, type Outcome, THOUSAND_P99_MS } from './outcome.ts'

/** Formats the outcome for the terminal. */
export function table(outcome: Outcome): string {
  return [arrival(outcome), memory(outcome), idle(outcome), talk(outcome)].join('\n\n')
}

const whole = (value: number) => Math.round(value).toLocaleString('en')

function arrival({ count, transport, nodes, workers, arrivalSeconds, arrivalCpu, on, retries, lost }: Outcome) {
  const again = Object.entries(retries).map(([why, times]) => `${whole(times)} × ${why}`)
  const spread = Object.values(on)
  return [
    `${whole(count)} users over ${transport}, through ${workers} nginx workers to ${nodes} nodes, in two rooms each`,
    columns([
      ['all connected after', `${arrivalSeconds.toFixed(1)} s, ${whole(count / arrivalSeconds)} a second`],
      ['per node', `${whole(Math.min(...spread))} to ${whole(Math.max(...spread))}`],
      ['retries', again.length > 0 ? again.join(', ') : 'none'],
      ['connections lost', whole(lost)],
      ['CPU time per connection opened', each(arrivalCpu, count, 1e3, 'ms')],
    ]),
  ].join('\n')
}

function memory(outcome: Outcome): string {
  const { before, after, nodes } = outcome
  const per = bytesEach(outcome)
  const mb = (bytes: number) => `${whole(bytes / 2 ** 20)} MiB`
  const row = (name: string, from: number, to: number, bytes: number, more = '') => [
    ...[name, mb(from), mb(to)],
    `${(bytes / 1_000).toFixed(1)} kB`,
    more,
  ]
  const kernel = ({ slabBytes, pageTableBytes }: typeof after) => slabBytes + pageTableBytes
  const heap = `${(per.heaps / 1_000).toFixed(1)} kB of it heap, after garbage collection`
  const sockets = `${per.socketsEach.toFixed(1)} sockets of ${(per.kernelPerSocket / 1_000).toFixed(1)} kB each`
  return [
    'Memory',
    columns([
      ['', 'idle', 'connected', 'per connection', ''],
      row(`${nodes} nodes`, before.nodes, after.nodes, per.nodes, heap),
      row('nginx', before.nginx, after.nginx, per.nginx),
      row('Redis', before.redis, after.redis, per.redis),
      row('kernel', kernel(before), kernel(after), per.kernel, sockets),
      row('visitors', before.visitors, after.visitors, per.visitors),
    ]),
  ].join('\n')
}

function idle({ idleSeconds, idleCpu, count, pings }: Outcome): string {
  const share = (seconds: number) => `${((seconds / idleSeconds) * 100).toFixed(1)} % of a core`
  const row = (name: string, seconds: number) => {
    return [name, share(seconds), `${((seconds / idleSeconds / count) * 1e6).toFixed(2)} µs per second and connection`]
  }
  const { nodes, nginx, redis, visitors } = idleCpu
  const rows = [row('nodes', nodes), row('nginx', nginx), row('Redis', redis), row('visitors', visitors)]
  return `CPU while idle, over ${idleSeconds} s, pings every ${pings.intervalMs / 1_000} s\n${columns(rows)}`
}

function talk({ thousand, all }: Outcome): string {
  const row = (name: string, { deliveries, p50, p95, p99, slowest }: Attempt) => [
    ...[name, whole(deliveries)],
    ...[p50, p95, p99, slowest].map((ms) => `${whole(ms)} ms`),
  ]
  const rows = [
    ['', 'deliveries', 'p50', 'p95', 'p99', 'maximum'],
    row(`a room of 1,000 (p99 below ${whole(THOUSAND_P99_MS)} ms), ${thousand.messages} messages`, thousand),
    ...all.map((attempt, i) => row(`one message to all, no. ${i + 1}`, attempt)),
  ]
  return `Send to delivery\n${columns(rows)}`
}

function each(costs: Costs, count: number, scale: number, unit: string): string {
  const of = (seconds: number) => `${((seconds / count) * scale).toFixed(2)} ${unit}`
  const { nodes, nginx, redis, visitors } = costs
  return `nodes ${of(nodes)}, nginx ${of(nginx)}, Redis ${of(redis)}, visitors ${of(visitors)}`
}
