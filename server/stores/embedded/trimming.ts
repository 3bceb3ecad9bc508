import { type LogLimits, logLimits } from '../../domain/log-limits.ts'
import { type Head, type Key, keys, type Line } from './keys.ts'
import type { Transaction } from './transaction.ts'

/** Takes what is too old, or too much, out of a log; returns the log as it is then. */
export function trim(tx: Transaction, room: string, log: Head, limits: LogLimits, now: number): Head {
  let { first } = log
  while (isOverdue(tx, room, { ...log, first }, limits, now)) {
    tx.delete(keys.entry(room, first))
    tx.delete(keys.edits(room, first))
    first++
  }
  if (first === log.first) return log
  const trimmed = { ...log, first }
  tx.put(keys.head(room), trimmed)
  return trimmed
}

/** Whether the oldest entry has to go. */
export function isOverdue(
  rows: { get<Row>(key: Key<Row>): Row | undefined },
  room: string,
  { first, head }: Head,
  limits: LogLimits,
  now: number,
): boolean {
  const { logMaxEntries, logMaxAgeMs } = logLimits(room, limits)
  if (first > head) return false
  if (head - first >= logMaxEntries) return true
  if (logMaxAgeMs === 0) return false
  const oldest: Line | undefined = rows.get(keys.entry(room, first))
  return oldest === undefined || oldest.entry.at < now - logMaxAgeMs
}
