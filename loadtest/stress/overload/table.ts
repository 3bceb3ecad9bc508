import { type OverloadOutcome, storedShare } from './result.ts'

const HEADS = [
  '',
  'capacity',
  'offered',
  'ack/s',
  'refused/s',
  'p50 ms',
  'p99 ms',
  'refusal p99 ms',
  'refused, but stored',
]

export function overloadTable({ rooms, phases }: OverloadOutcome): string {
  const rows = phases.map((phase) => {
    const { factor, capacity, offered, acknowledged, refused, p50Ms, p99Ms, refusedP99Ms, retry } = phase
    const stored = retry.retried === 0 ? '' : `${(100 * storedShare(phase)).toFixed(1)} % of ${retry.retried}`
    return [`${factor} ×`, capacity, offered, acknowledged, refused, p50Ms, p99Ms, refusedP99Ms, stored].map(String)
  })
  const widths = HEADS.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: string[]) => cells.map((cell, i) => cell.padStart(widths[i]!)).join('  ')
  return [`${rooms} rooms, messages a second:`, ...[HEADS, ...rows].map(line)].join('\n')
}
