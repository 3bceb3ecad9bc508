import { MATCH_LOG_ENTRIES } from '../../protocol/limits.ts'
import { isMatch } from '../../protocol/room.ts'
import type { StoreSettings } from './ports.ts'

export type Retention = Pick<StoreSettings, 'logMaxEntries' | 'logMaxBytes' | 'logMaxAgeMs'>

/** A match's log is deleted with the match; this limit removes logs whose nodes died before that. */
const MATCH_LOG_MS = 24 * 3_600_000

/** The retention limits of a room's log. */
export function retentionOf(room: string, { logMaxEntries, logMaxBytes, logMaxAgeMs }: Retention): Retention {
  if (!isMatch(room)) return { logMaxEntries, logMaxBytes, logMaxAgeMs }
  return {
    logMaxBytes,
    logMaxEntries: Math.min(MATCH_LOG_ENTRIES, logMaxEntries),
    logMaxAgeMs: logMaxAgeMs === 0 ? MATCH_LOG_MS : Math.min(MATCH_LOG_MS, logMaxAgeMs),
  }
}
