import type { JournalEvent, JournalLine, Kind } from '../domain/journal.ts'

/** The texts of the first four, and the details of a message, are those of the original server of the `strangers` dialect. */
const EVENTS: Record<Kind, string> = {
  connection: 'New Connection',
  match: 'Matched',
  message: 'Message Relay',
  disconnect: 'Disconnected',
  error: 'Error',
  start: 'Node Started',
  drain: 'Node Draining',
}

const REASON_MAX_CHARS = 500

/** An event as one line of JSON, without the line break. `at` is in Unix milliseconds. */
export function lineOf(journalEvent: JournalEvent, node: string, at: number): string {
  const { kind, way, user, bytes } = journalEvent
  const reason = journalEvent.reason?.slice(0, REASON_MAX_CHARS)
  const line: JournalLine = {
    time: new Date(at).toISOString(),
    event: EVENTS[kind],
    details: detailsOf(journalEvent, reason),
    node,
    kind,
    way,
    user,
    reason,
    bytes,
  }
  return JSON.stringify(line)
}

function detailsOf({ kind, way, bytes = 0 }: JournalEvent, reason = 'no reason known'): string {
  if (kind === 'message') return `Message size: ${bytes} bytes`
  if (kind === 'connection') return `By ${way}`
  if (kind === 'match') return 'Two strangers can talk'
  if (kind === 'start') return 'This node takes connections'
  if (kind === 'drain') return 'This node is leaving'
  return reason
}
