import type { Entry } from '../../../protocol/entry.ts'
import { type Head, keys } from './keys.ts'
import type { Transaction } from './transaction.ts'

/**
 * Maximum number of entries whose size one append adds to a log's incomplete byte count; a disk read takes about 10 µs.
 */
const MEASURE_MAX = 16

/** The size of an entry for LOG_MAX_BYTES: its JSON in UTF-8. */
export const sizeOf = (entry: Entry): number => Buffer.byteLength(JSON.stringify(entry))

/** Continues the log's byte count; until `counted` reaches the head, `bytes` is a lower bound. */
export function measured(tx: Transaction, room: string, log: Head): Head {
  let bytes = log.bytes ?? 0
  let counted = Math.max(log.counted ?? 0, log.first - 1)
  const to = Math.min(log.head, counted + MEASURE_MAX)
  while (counted < to) {
    const storedEntry = tx.get(keys.entry(room, ++counted))
    if (storedEntry) bytes += sizeOf(storedEntry.entry)
  }
  return { ...log, bytes, counted }
}
