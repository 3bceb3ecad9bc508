import type { Command, HistoryEvent, Seen, What } from '../history.ts'

export const ROOM = 'attic'
export const EPOCH = 'one'

/** Builds histories for the checker's own tests: three users in one room. */
export class HistoryBuilder {
  readonly users = ['ada', 'bob', 'cyd']
  readonly log: Seen[] = []
  events: HistoryEvent[] = []
  at = 1_000_000
  #ops = 0

  static begin(): HistoryBuilder {
    const historyBuilder = new HistoryBuilder()
    for (const who of historyBuilder.users) {
      historyBuilder.note(who, { what: 'identified', user: `u${who}` })
      historyBuilder.join(who)
    }
    return historyBuilder
  }

  note(who: string, what: What): void {
    this.events.push({ at: this.at++, who, ...what })
  }

  /** Joins on a connection that is new to the room; the response carries every entry after `after`. */
  join(who: string, { link = 1, after }: { link?: number; after?: number } = {}): void {
    if (after === undefined) this.note(who, { what: 'enter', room: ROOM })
    this.note(who, { what: 'state', state: 'syncing', node: 'n1' })
    const epoch = after === undefined ? {} : { epoch: EPOCH }
    this.note(who, { what: 'join request', link, room: ROOM, ...(after !== undefined && { after }), ...epoch })
    const from = (after ?? 0) + 1
    const digests = this.log.slice(from - 1).map(nameOf)
    const head = this.log.length
    const answer = { link, room: ROOM, head, more: false, truncated: false, epoch: EPOCH, from, digests }
    this.note(who, { what: 'joined', ...answer })
    this.note(who, { what: 'state', state: 'live', node: 'n1' })
    if (digests.length > 0) this.note(who, this.delivered(from, digests))
  }

  /** Sends an entry that is acknowledged and received by `receivers`; returns its seq. */
  send(who: string, command: Partial<Command>, receivers = this.users): number {
    const entry = this.append(who, { room: ROOM, kind: 'message', ...command })
    for (const person of receivers) this.receive(person, [entry])
    return entry.seq
  }

  /** Appends and acknowledges an entry that no client receives. */
  append(who: string, command: Command): Seen {
    const op = ++this.#ops
    const seq = this.log.length + 1
    const clientId = `id${op}`
    const entry: Seen = { ...command, seq, at: this.at, by: `u${who}`, clientId }
    this.log.push(entry)
    this.note(who, { what: 'send', op, ...command })
    this.note(who, { what: 'request', link: 1, clientId, ...command })
    this.reveals(entry)
    this.note(who, { what: 'response', link: 1, clientId, digest: nameOf(entry), seq })
    this.note(who, { what: 'sent', op, room: command.room, digest: nameOf(entry) })
    return entry
  }

  /** Requests a command that the server refuses. */
  refused(who: string, command: Command, clientId = `id${this.#ops + 1}`): string {
    const op = ++this.#ops
    this.note(who, { what: 'send', op, ...command })
    this.note(who, { what: 'request', link: 1, clientId, ...command })
    this.note(who, { what: 'response', link: 1, clientId, code: 'deleted' })
    this.note(who, { what: 'failed', op, code: 'deleted' })
    return clientId
  }

  reveals(entry: Seen): void {
    this.note('chaos', { what: 'entry', digest: nameOf(entry), entry })
  }

  /** Receives entries on the wire and from the SDK. */
  receive(who: string, entries: Seen[], link = 1): void {
    const [first] = entries
    if (!first) return
    const digests = entries.map(nameOf)
    const batch = { epoch: EPOCH, from: first.seq, digests }
    this.note(who, { what: 'received', link, room: ROOM, till: this.at, ...batch })
    this.note(who, this.delivered(first.seq, digests))
  }

  delivered(from: number, digests: string[]): What {
    return { what: 'delivered', room: ROOM, till: this.at, epoch: EPOCH, from, digests }
  }

  /** Each of `lookers` observes `shown` as the members of the room. */
  readMembers(shown: string[], observers = shown): void {
    for (const who of observers) {
      this.note(who, { what: 'members', how: 'event', room: ROOM, ids: shown.map((other) => `u${other}`) })
    }
  }

  advance(ms: number): void {
    this.at += ms
  }

  end(): HistoryEvent[] {
    for (const who of this.users) this.note(who, { what: 'ended', settled: true, waiting: 0 })
    return this.events
  }
}

export const nameOf = (entry: Seen): string => JSON.stringify(entry)
