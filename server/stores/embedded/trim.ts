import { type Retention, retentionOf } from '../../domain/retention.ts'
import { sizeOf } from './byte-count.ts'
import { type Head, type Key, keys, type StoredEntry } from './keys.ts'
import type { Transaction } from './transaction.ts'

/** Deletes entries beyond the limits; returns the log's new metadata. */
export function trim(tx: Transaction, room: string, log: Head, limits: Retention, now: number): Head {
  let trimmed = log
  while (isOverdue(tx, room, trimmed, limits, now)) trimmed = dropFirst(tx, room, trimmed)
  if (trimmed !== log) tx.put(keys.head(room), trimmed)
  return trimmed
}

function dropFirst(tx: Transaction, room: string, log: Head): Head {
  const { first, bytes = 0, counted = 0 } = log
  const storedEntry = tx.get(keys.entry(room, first))
  tx.delete(keys.entry(room, first))
  tx.delete(keys.edits(room, first))
  tx.delete(keys.reactions(room, first))
  if (first > counted || !storedEntry) return { ...log, first: first + 1 }
  return { ...log, first: first + 1, bytes: bytes - sizeOf(storedEntry.entry) }
}

/** Whether the oldest entry is due for trimming. */
export function isOverdue(
  rows: { get<Row>(key: Key<Row>): Row | undefined },
  room: string,
  { first, head, messages, bytes = 0 }: Head,
  limits: Retention,
  now: number,
): boolean {
  const { logMaxEntries, logMaxBytes, logMaxAgeMs } = retentionOf(room, limits)
  if (first > head) return false
  if (logMaxBytes > 0 && bytes > logMaxBytes && first < head) return true
  if (head - first < logMaxEntries && logMaxAgeMs === 0) return false
  const oldest: StoredEntry | undefined = rows.get(keys.entry(room, first))
  if (oldest === undefined || messages - oldest.nth >= logMaxEntries) return true
  return logMaxAgeMs > 0 && oldest.entry.at < now - logMaxAgeMs
}
