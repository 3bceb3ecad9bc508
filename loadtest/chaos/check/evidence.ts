import type { HistoryEvent } from '../history.ts'
import type { Violation } from './violation.ts'

const MOST = 40

/** The piece of the history that shows a violation, in the order of time. */
export function evidence(history: Iterable<HistoryEvent>, violation: Violation): HistoryEvent[] {
  const names = new Set<string>()
  const pieces: HistoryEvent[] = []
  for (const happening of history) {
    if (happening.what === 'entry' && isAbout(happening.entry, violation)) names.add(happening.digest)
    if (shows(happening, violation, names)) pieces.push(brief(happening, violation))
  }
  pieces.sort((one, other) => one.at - other.at)
  // Of a stretch of time its end tells most.
  return violation.from === undefined ? pieces.slice(0, MOST) : pieces.slice(-MOST)
}

function shows(happening: HistoryEvent, violation: Violation, names: Set<string>): boolean {
  const { who, room, seq, clientId, from, till } = violation
  if (happening.what === 'fault')
    return from !== undefined && happening.until >= from && happening.from <= (till ?? from)
  if (happening.what === 'entry') return names.has(happening.digest)
  if (from !== undefined) {
    const inTime = happening.at >= from && happening.at <= (till ?? Number.POSITIVE_INFINITY)
    return inTime && happening.who === who && (!('room' in happening) || room === undefined || happening.room === room)
  }
  if ('clientId' in happening && clientId !== undefined) return happening.clientId === clientId
  if ('room' in happening && happening.room !== room) return false
  if ('digests' in happening && seq !== undefined) {
    const near = happening.from <= seq + 1 && happening.from + happening.digests.length >= seq
    return near && (who === undefined || happening.who === who)
  }
  if ('digest' in happening && happening.digest) return names.has(happening.digest)
  return happening.who === who && ['reset', 'stale', 'joins', 'not joined', 'enters', 'leaves'].includes(happening.what)
}

const isAbout = (entry: { room: string; seq: number; clientId?: string }, { room, seq, clientId }: Violation) =>
  entry.room === room && (entry.seq === seq || (clientId !== undefined && entry.clientId === clientId))

/** Without the hundreds of names around the one that matters. */
function brief(happening: HistoryEvent, { seq }: Violation): HistoryEvent {
  if (!('digests' in happening) || happening.digests.length < 8) return happening
  const start = Math.max(0, Math.min(happening.digests.length - 4, (seq ?? happening.from) - happening.from - 2))
  return { ...happening, from: happening.from + start, digests: happening.digests.slice(start, start + 4) }
}
