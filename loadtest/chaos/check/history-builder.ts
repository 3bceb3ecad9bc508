import type { Command, HistoryEvent, Seen, What } from '../history.ts'

export const ROOM = 'attic'
export const EPOCH = 'one'

/** Builds histories for the checker's own tests: three users in one room. */
export class HistoryBuilder {
  readonly people = ['ada', 'bob', 'cyd']
  readonly log: Seen[] = []
  happenings: HistoryEvent[] = []
  at = 1_000_000
  #ops = 0

  static begin(): HistoryBuilder {
    const historyBuilder = new HistoryBuilder()
    for (const who of historyBuilder.people) {
      historyBuilder.note(who, { what: 'is', user: `u${who}` })
      historyBuilder.join(who)
    }
    return historyBuilder
  }

  note(who: string, what: What): void {
    this.happenings.push({ at: this.at++, who, ...what })
  }

  /** Joins on a connection that is new to the room; the response carries every entry after `after`. */
  join(who: string, { link = 1, after }: { link?: number; after?: number } = {}): void {
    if (after === undefined) this.note(who, { what: 'enters', room: ROOM })
    this.note(who, { what: 'condition', state: 'syncing', node: 'n1' })
    const epoch = after === undefined ? {} : { epoch: EPOCH }
    this.note(who, { what: 'joins', link, room: ROOM, ...(after !== undefined && { after }), ...epoch })
    const from = (after ?? 0) + 1
    const digests = this.log.slice(from - 1).map(nameOf)
    const head = this.log.length
    const answer = { link, room: ROOM, head, more: false, truncated: false, epoch: EPOCH, from, digests }
    this.note(who, { what: 'joined', ...answer })
    this.note(who, { what: 'condition', state: 'live', node: 'n1' })
    if (digests.length > 0) this.note(who, this.handed(from, digests))
  }

  /** Sends an entry that is acknowledged and received by `receivers`; returns its seq. */
  send(who: string, words: Partial<Command>, hear = this.people): number {
    const entry = this.append(who, { room: ROOM, kind: 'message', ...words })
    for (const person of hear) this.receive(person, [entry])
    return entry.seq
  }

  /** Appends and acknowledges an entry that no client receives. */
  append(who: string, command: Command): Seen {
    const op = ++this.#ops
    const seq = this.log.length + 1
    const clientId = `id${op}`
    const entry: Seen = { ...command, seq, at: this.at, by: `u${who}`, clientId }
    this.log.push(entry)
    this.note(who, { what: 'says', op, ...command })
    this.note(who, { what: 'asks', link: 1, clientId, ...command })
    this.reveals(entry)
    this.note(who, { what: 'answered', link: 1, clientId, digest: nameOf(entry), seq })
    this.note(who, { what: 'said', op, room: command.room, digest: nameOf(entry) })
    return entry
  }

  /** Requests a command that the server refuses. */
  refused(who: string, words: Command, clientId = `id${this.#ops + 1}`): string {
    const op = ++this.#ops
    this.note(who, { what: 'says', op, ...words })
    this.note(who, { what: 'asks', link: 1, clientId, ...words })
    this.note(who, { what: 'answered', link: 1, clientId, code: 'deleted' })
    this.note(who, { what: 'gave up', op, code: 'deleted' })
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
    this.note(who, { what: 'hears', link, room: ROOM, till: this.at, ...batch })
    this.note(who, this.handed(first.seq, digests))
  }

  handed(from: number, digests: string[]): What {
    return { what: 'handed', room: ROOM, till: this.at, epoch: EPOCH, from, digests }
  }

  /** Each of `lookers` observes `shown` as the members of the room. */
  readMembers(shown: string[], lookers = shown): void {
    for (const who of lookers) {
      this.note(who, { what: 'members', how: 'told', room: ROOM, ids: shown.map((other) => `u${other}`) })
    }
  }

  advance(ms: number): void {
    this.at += ms
  }

  end(): HistoryEvent[] {
    for (const who of this.people) this.note(who, { what: 'ends', settled: true, waiting: 0 })
    return this.happenings
  }
}

export const nameOf = (entry: Seen): string => JSON.stringify(entry)
