import type { Entry } from '../../../protocol/entry.ts'
import { type Head, keys } from './keys.ts'
import type { Transaction } from './transaction.ts'

/** Entries of a log without a byte count that are measured with one append, at most: a read from disk costs some 10 µs. */
const MEASURE_MAX = 16

/** What LOG_MAX_BYTES counts of an entry: its JSON in UTF-8. */
export const sizeOf = (entry: Entry): number => Buffer.byteLength(JSON.stringify(entry))

/** The log with its byte count carried on; until it reaches the head, `bytes` is a lower bound. */
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
