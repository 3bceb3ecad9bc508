import type { RecordableHistogram } from 'node:perf_hooks'
import { count } from '../format.ts'
import type { ClientPool, PoolStats } from './client-pool.ts'

/** Above this event-loop delay, the clients' own threads distort the latencies. */
const HIGH_LOOP_DELAY_MS = 50

/** Number of messages that were not acknowledged, plus missing deliveries. */
export const lostCount = ({ sent, acknowledged, refused, due, delivered }: PoolStats): number =>
  sent - acknowledged - refused + Math.max(0, due - delivered)

/** The results of a run; `seconds` is how long messages were sent. */
export function table(clientPool: ClientPool, seconds: number): string {
  const { stats: state } = clientPool
  const { sent, acknowledged, refused, delivered, due, reconnects, loopDelayMs } = state
  const lost = lostCount(state)
  const row = (name: string, value: number, details = '') =>
    `${name.padEnd(18)}${count(value).padStart(12)}   ${details}`.trimEnd()
  const perSecond = (value: number) => `${count(Math.round(value / seconds))}/s`
  const rows = [
    row('sent', sent, perSecond(sent)),
    row('acknowledged', acknowledged, refused > 0 ? `${count(refused)} rejected` : ''),
    row('delivered', delivered, `of ${count(due)}, ${perSecond(delivered)}`),
    row('lost', lost),
    row('reconnects', reconnects),
    '',
    `${''.padEnd(18)}${['p50', 'p95', 'p99', 'max'].map((each) => each.padStart(12)).join('')}`,
    latencies('send to ack', clientPool.histogram('toAck')),
    latencies('send to delivery', clientPool.histogram('toDelivery')),
  ]
  if (loopDelayMs > HIGH_LOOP_DELAY_MS) {
    rows.push(
      '',
      `The clients ran short of CPU (event-loop delay p99 ${loopDelayMs.toFixed(0)} ms). Use fewer clients, or run them on another machine.`,
    )
  }
  return rows.join('\n')
}

function latencies(name: string, histogram: RecordableHistogram): string {
  const ms = (microseconds: number) => `${(microseconds / 1_000).toFixed(1)} ms`.padStart(12)
  if (histogram.count === 0) return `${name.padEnd(18)}${'–'.padStart(12)}`
  return `${name.padEnd(18)}${[50, 95, 99].map((share) => ms(histogram.percentile(share))).join('')}${ms(histogram.max)}`
}
