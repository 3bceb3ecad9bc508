import type { Outcome } from './outcome.ts'

/** Formats the figures for the terminal. */
export function table(outcome: Outcome): string {
  const { putOff, offered, sent, heldBack, stored, relayed, received, talkedIn, heardIn, perSecond } = outcome
  const { p50, p95, p99, memory, cpu, shutDownMs, arrivedIn } = outcome
  const rows: (readonly [string, string | number | undefined])[] = [
    ['all connected after', arrivedIn && `${arrivedIn} s`],
    ['refused with 503 and retried', putOff || undefined],
    ['offered', offered],
    ['held back', heldBack],
    ['sent', sent],
    ['stored', stored],
    ['relayed', relayed],
    ['received', received],
    ['sent for', talkedIn && `${talkedIn} s`],
    ['all received after', heardIn && `${heardIn} s`],
    ['messages/s', perSecond],
    ['send to delivery', p50 && `p50 ${p50} ms   p95 ${p95} ms   p99 ${p99} ms`],
    ['processor, all nodes', cpu && `${cpu} s`],
    [
      'largest node',
      memory && `${mb(memory.before)} at rest, ${mb(memory.most)} at most, ${mb(memory.late)} in the end`,
    ],
    ['worker processes', memory && mb(memory.clients)],
    ['nodes stopped after', shutDownMs && `${shutDownMs} ms`],
  ]
  const shown = rows.filter(([, value]) => value !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  const words = (value: string | number | undefined) => (typeof value === 'number' ? count(value) : value)
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${words(value)}`).join('\n')
}

const count = (many: number): string => many.toLocaleString('en')
const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
