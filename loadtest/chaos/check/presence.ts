import type { HistoryEvent, Of } from '../history.ts'
import type { Judge, Violation } from './violation.ts'

/** A user shown for longer than this after disconnecting is a ghost. */
const GHOST_MS = 10_000
/**
 * A long-polling client that disconnects between two polls has no connection that could close: the server notices the
 * missed pong after 16 s and reports it within 2.5 s, unless the client's node failed as well.
 */
const POLLING_GHOST_MS = 20_000
const CRASHES = new Set(['node killed', 'node frozen'])
/** A node's fault and a client's disconnect count as simultaneous within this time. */
const SAME_MOMENT_MS = 2_000
/** A joined user not shown for longer than this is missing, provided that the cluster was healthy. */
const MISSING_MS = 4_000
/** After a stall, a client's view of its own connection may be wrong for as long as its ping may be late. */
const UNCERTAIN_MS = 20_000

/** `joining`: between the join request and its response, when others may already see the user. */
type Place = 'gone' | 'joining' | 'joined'

interface Change {
  at: number
  place: Place
  /** Connection that the user had at that time. */
  link: Link
}

interface Link {
  node?: string
  transport?: string
}

/** Users who have been joined for some time are shown; users who have been gone for some time are not. */
export class PresenceTruth implements Judge {
  readonly #users = new Map<string, string>()
  /** By room, then by client. */
  readonly #rooms = new Map<string, Map<string, Change[]>>()
  readonly #uncertain = new Map<string, { from: number; till: number }[]>()
  readonly #links = new Map<string, Link>()
  readonly #faults: Of<'fault'>[] = []
  readonly #looks: Of<'members'>[] = []
  #looksUntil = Number.POSITIVE_INFINITY

  take(historyEvent: HistoryEvent): void {
    const { at, who } = historyEvent
    switch (historyEvent.what) {
      case 'identified':
        this.#users.set(historyEvent.user, who)
        break
      case 'join request':
        if (this.#place(historyEvent.room, who) !== 'joined') this.#change(historyEvent.room, who, at, 'joining')
        break
      case 'joined':
        this.#change(historyEvent.room, who, at, 'joined')
        break
      case 'leave':
        this.#change(historyEvent.room, who, at, 'gone')
        break
      case 'state':
        if (historyEvent.state === 'live' || historyEvent.state === 'syncing') {
          this.#links.set(who, { node: historyEvent.node, transport: historyEvent.transport })
          break
        }
        for (const [room, users] of this.#rooms) if (users.has(who)) this.#change(room, who, at, 'gone')
        break
      case 'fault':
        this.#faults.push(historyEvent)
        break
      case 'impaired':
        if (historyEvent.from !== 'stall') break
        this.#uncertain.set(who, [...(this.#uncertain.get(who) ?? []), { from: at, till: Number.POSITIVE_INFINITY }])
        break
      case 'recovered': {
        const last = this.#uncertain.get(who)?.at(-1)
        if (last && last.till === Number.POSITIVE_INFINITY) last.till = at + UNCERTAIN_MS
        break
      }
      case 'members':
        this.#looks.push(historyEvent)
        break
      case 'ended':
        this.#looksUntil = Math.min(this.#looksUntil, at)
        break
    }
  }

  end(): Violation[] {
    return this.#looks.flatMap((look) => (look.at < this.#looksUntil ? [...this.#judge(look)] : []))
  }

  *#judge({ at, who, room, ids, how }: Of<'members'>): Generator<Violation> {
    const users = this.#rooms.get(room)
    if (!users || this.#isUncertain(who, at) || !hasBeen('joined', users.get(who), at, MISSING_MS)) return
    const shown = new Set(ids.map((id) => this.#users.get(id)))
    for (const [other, changes] of users) {
      if (this.#isUncertain(other, at)) continue
      const about = { who: other, room, from: at - POLLING_GHOST_MS, till: at }
      const last = lastBefore(changes, at)
      if (shown.has(other) && last && hasBeen('gone', changes, at, this.#noticedWithin(last))) {
        const sentence = `${who} is shown ${other} in ${room} (${how}), who has been gone for ${gone(changes, at)} s.`
        yield { kind: 'ghost', sentence, ...about }
      }
      if (!shown.has(other) && hasBeen('joined', changes, at, MISSING_MS)) {
        const sentence = `${who} is not shown ${other} (${how}), who has been in ${room} for ${gone(changes, at)} s.`
        yield { kind: 'missing', sentence, ...about }
      }
    }
  }

  #change(room: string, who: string, at: number, place: Place): void {
    const users = this.#rooms.get(room) ?? new Map<string, Change[]>()
    this.#rooms.set(room, users)
    const changes = users.get(who) ?? []
    users.set(who, changes)
    if (changes.at(-1)?.place !== place) changes.push({ at, place, link: this.#links.get(who) ?? {} })
  }

  /** How long a user who disconnected in this way may still be shown, milliseconds. */
  #noticedWithin({ at, link: { node, transport } }: Change): number {
    if (transport !== 'polling') return GHOST_MS
    const withNode = this.#faults.some(
      ({ kind, on, from }) => CRASHES.has(kind) && on === node && Math.abs(from - at) < SAME_MOMENT_MS,
    )
    return withNode ? GHOST_MS : POLLING_GHOST_MS
  }

  #place(room: string, who: string): Place | undefined {
    return this.#rooms.get(room)?.get(who)?.at(-1)?.place
  }

  #isUncertain(who: string, at: number): boolean {
    return (this.#uncertain.get(who) ?? []).some(({ from, till }) => at >= from && at <= till)
  }
}

const lastBefore = (changes: Change[] | undefined, at: number) => changes?.findLast((change) => change.at <= at)

function hasBeen(place: Place, changes: Change[] | undefined, at: number, forMs: number): boolean {
  const last = lastBefore(changes, at)
  return last?.place === place && last.at <= at - forMs
}

/** Time since the last change, seconds. */
const gone = (changes: Change[], at: number) => ((at - (lastBefore(changes, at)?.at ?? at)) / 1_000).toFixed(1)
