import type { RecordableHistogram } from 'node:perf_hooks'
import { count } from '../format.ts'
import type { ClientPool, PoolStats } from './crowd.ts'

/** Above this, the clients' own threads make up a part of the times. */
const BUSY_MS = 50

/** Everything of this run that was not acknowledged, or not delivered to somebody who was there. */
export const lostOf = ({ sent, acknowledged, refused, due, delivered }: PoolStats): number =>
  sent - acknowledged - refused + Math.max(0, due - delivered)

/** What came of it. `seconds` is how long there was talk. */
export function table(clientPool: ClientPool, seconds: number): string {
  const { stats: state } = clientPool
  const { sent, acknowledged, refused, delivered, due, reconnects, loopDelayMs } = state
  const lost = lostOf(state)
  const row = (name: string, value: number, words = '') =>
    `${name.padEnd(18)}${count(value).padStart(12)}   ${words}`.trimEnd()
  const perSecond = (value: number) => `${count(Math.round(value / seconds))} a second`
  const rows = [
    row('sent', sent, perSecond(sent)),
    row('acknowledged', acknowledged, refused > 0 ? `${count(refused)} refused` : ''),
    row('delivered', delivered, `of ${count(due)}, ${perSecond(delivered)}`),
    row('lost', lost),
    row('reconnects', reconnects),
    '',
    `${''.padEnd(18)}${['p50', 'p95', 'p99', 'max'].map((each) => each.padStart(12)).join('')}`,
    times('send to ack', clientPool.histogram('toAck')),
    times('send to delivery', clientPool.histogram('toDelivery')),
  ]
  if (loopDelayMs > BUSY_MS) {
    rows.push(
      '',
      `The clients themselves were short of CPU (event-loop delay p99 ${loopDelayMs.toFixed(0)} ms): run fewer, or on another machine.`,
    )
  }
  return rows.join('\n')
}

function times(name: string, clock: RecordableHistogram): string {
  const ms = (microseconds: number) => `${(microseconds / 1_000).toFixed(1)} ms`.padStart(12)
  if (clock.count === 0) return `${name.padEnd(18)}${'–'.padStart(12)}`
  return `${name.padEnd(18)}${[50, 95, 99].map((share) => ms(clock.percentile(share))).join('')}${ms(clock.max)}`
}
