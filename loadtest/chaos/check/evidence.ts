import type { HistoryEvent } from '../history.ts'
import type { Violation } from './violation.ts'

const EVENTS_MAX = 40

/** Returns the events that show a violation, sorted by time, at most 40. */
export function evidence(history: Iterable<HistoryEvent>, violation: Violation): HistoryEvent[] {
  const names = new Set<string>()
  const pieces: HistoryEvent[] = []
  for (const event of history) {
    if (event.what === 'entry' && isAbout(event.entry, violation)) names.add(event.digest)
    if (shows(event, violation, names)) pieces.push(brief(event, violation))
  }
  pieces.sort((one, other) => one.at - other.at)
  // For a time range, the last events are the most relevant.
  return violation.from === undefined ? pieces.slice(0, EVENTS_MAX) : pieces.slice(-EVENTS_MAX)
}

function shows(historyEvent: HistoryEvent, violation: Violation, names: Set<string>): boolean {
  const { who, room, seq, clientId, from, till } = violation
  if (historyEvent.what === 'fault')
    return from !== undefined && historyEvent.until >= from && historyEvent.from <= (till ?? from)
  if (historyEvent.what === 'entry') return names.has(historyEvent.digest)
  if (from !== undefined) {
    const inTime = historyEvent.at >= from && historyEvent.at <= (till ?? Number.POSITIVE_INFINITY)
    return (
      inTime &&
      historyEvent.who === who &&
      (!('room' in historyEvent) || room === undefined || historyEvent.room === room)
    )
  }
  if ('clientId' in historyEvent && clientId !== undefined) return historyEvent.clientId === clientId
  if ('room' in historyEvent && historyEvent.room !== room) return false
  if ('digests' in historyEvent && seq !== undefined) {
    const near = historyEvent.from <= seq + 1 && historyEvent.from + historyEvent.digests.length >= seq
    return near && (who === undefined || historyEvent.who === who)
  }
  if ('digest' in historyEvent && historyEvent.digest) return names.has(historyEvent.digest)
  return (
    historyEvent.who === who &&
    ['reset', 'stale', 'join request', 'join failed', 'enter', 'leave'].includes(historyEvent.what)
  )
}

const isAbout = (entry: { room: string; seq: number; clientId?: string }, { room, seq, clientId }: Violation) =>
  entry.room === room && (entry.seq === seq || (clientId !== undefined && entry.clientId === clientId))

/** Trims long digest lists to the few around the violating seq. */
function brief(event: HistoryEvent, { seq }: Violation): HistoryEvent {
  if (!('digests' in event) || event.digests.length < 8) return event
  const start = Math.max(0, Math.min(event.digests.length - 4, (seq ?? event.from) - event.from - 2))
  return { ...event, from: event.from + start, digests: event.digests.slice(start, start + 4) }
}
