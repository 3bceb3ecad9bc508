import type { HistoryEvent, Of } from '../history.ts'
import type { Judge, Violation } from './violation.ts'

/**
 * While one of these faults hits a node, its users may be reported as left: the cluster cannot distinguish them from
 * users of a dead node.
 */
const LEASE_LAPSES = new Set([
  'node killed',
  'node frozen',
  'node cut off from redis',
  'node cut off from redis without a FIN',
])
/** From cause to report: a missed pong on long-polling, a lapsed lease, and the batching window of presence events. */
const REPORTED_WITHIN_MS = 25_000

/** Every reported join and leave really happened. */
export class MembershipChanges implements Judge {
  readonly #users = new Map<string, string>()
  /** First join by client and room, Unix milliseconds. */
  readonly #entered = new Map<string, number>()
  /** By client, and by client and room: times at which the client itself was not joined. */
  readonly #breaks = new Map<string, number[]>()
  readonly #nodes = new Map<string, { at: number; node: string }[]>()
  readonly #suffers = new Map<string, { from: number; until: number }[]>()
  readonly #faults: Of<'fault'>[] = []
  readonly #events: Of<'presence'>[] = []

  take(historyEvent: HistoryEvent): void {
    const { who, at } = historyEvent
    switch (historyEvent.what) {
      case 'identified':
        this.#users.set(historyEvent.user, who)
        break
      case 'joined':
        if (!this.#entered.has(`${who} ${historyEvent.room}`)) this.#entered.set(`${who} ${historyEvent.room}`, at)
        break
      case 'leave':
      case 'join failed':
        this.#break(who, at, historyEvent.room)
        break
      case 'state':
        if (historyEvent.state !== 'live') this.#break(who, at)
        else if (historyEvent.node !== undefined) append(this.#nodes, who, { at, node: historyEvent.node })
        break
      case 'impaired':
        append(this.#suffers, who, { from: at, until: Number.POSITIVE_INFINITY })
        break
      case 'recovered': {
        const last = this.#suffers.get(who)?.at(-1)
        if (last) last.until = at
        break
      }
      case 'ended':
        this.#break(who, at)
        break
      case 'fault':
        this.#faults.push(historyEvent)
        break
      case 'presence':
        this.#events.push(historyEvent)
        break
    }
  }

  end(): Violation[] {
    return this.#events.flatMap((event) => [...this.#judge(event)])
  }

  *#judge({ who, at, room, joined, left }: Of<'presence'>): Generator<Violation> {
    for (const [change, ids] of Object.entries({ joined, left })) {
      for (const id of ids) {
        const other = this.#users.get(id)
        if (other === undefined || !this.#wasThere(other, room, at)) continue
        const sentence = `${who} received that ${other} ${change} ${room}, who had been joined for ${REPORTED_WITHIN_MS / 1_000} s.`
        yield { kind: 'flicker', sentence, who: other, room, from: at - REPORTED_WITHIN_MS, till: at }
      }
    }
  }

  /**
   * Whether the client was joined without interruption, and without a fault that may hide it, for the longest time that
   * a report may take.
   */
  #wasThere(who: string, room: string, at: number): boolean {
    const from = at - REPORTED_WITHIN_MS
    const key = `${who} ${room}`
    if ((this.#entered.get(key) ?? Number.POSITIVE_INFINITY) > from) return false
    const breaks = [...(this.#breaks.get(who) ?? []), ...(this.#breaks.get(key) ?? [])]
    if (breaks.some((moment) => moment >= from && moment <= at)) return false
    const overlaps = (stretch: { from: number; until: number }) => stretch.from <= at && stretch.until >= from
    if (this.#suffers.get(who)?.some(overlaps)) return false
    const node = this.#nodes.get(who)?.findLast((change) => change.at <= at)?.node
    return !this.#faults.some((fault) => LEASE_LAPSES.has(fault.kind) && fault.on === node && overlaps(fault))
  }

  #break(who: string, at: number, room?: string): void {
    append(this.#breaks, room === undefined ? who : `${who} ${room}`, at)
  }
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}
