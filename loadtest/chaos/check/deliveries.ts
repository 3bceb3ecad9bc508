import type { HistoryEvent, Of } from '../history.ts'
import type { ExpectedLog, Log } from './expected-log.ts'
import type { Judge, Violation } from './violation.ts'

/** What one client received of one room since it entered. */
export interface Delivered {
  who: string
  room: string
  epoch: string
  /** Seq of the first delivered entry; 0 before any. */
  first: number
  names: string[]
  /** Head when the client joined or when a new epoch began: every later entry must be delivered. */
  head: number
  headEpoch: string
  /** Whether the join response that reported `head` carried entries, which the client delivers after processing it. */
  headBrought: boolean
  left: boolean
}

/** The SDK delivers every entry from the join on, in order, exactly once. */
export class Deliveries implements Judge {
  readonly #expectedLog: ExpectedLog
  readonly #delivered = new Map<string, Delivered>()
  readonly #ended = new Set<string>()
  readonly #violations: Violation[] = []

  constructor(expectedLog: ExpectedLog) {
    this.#expectedLog = expectedLog
  }

  /** Clients that are in a room at the end. */
  get readers(): Delivered[] {
    return [...this.#delivered.values()].filter(({ left }) => !left)
  }

  take(historyEvent: HistoryEvent): void {
    if (historyEvent.what === 'ended') this.#ended.add(historyEvent.who)
    if (!('room' in historyEvent) || this.#ended.has(historyEvent.who)) return
    const { who, room } = historyEvent
    const key = `${who} ${room}`
    const delivered = this.#delivered.get(key)
    switch (historyEvent.what) {
      case 'enter':
        this.#delivered.set(key, { who, room, epoch: '', first: 0, names: [], head: -1, ...unjoined })
        break
      case 'leave':
        if (delivered) delivered.left = true
        break
      case 'joined':
        if (delivered) this.#join(delivered, historyEvent)
        break
      case 'delivered':
        if (delivered) this.#deliver(delivered, historyEvent)
        break
      case 'reset':
        if (delivered) delivered.first = 0
        break
    }
  }

  end(): Violation[] {
    const logs = new Map(this.#expectedLog.logs.map((log) => [log.room, log]))
    for (const delivered of this.readers) {
      const log = logs.get(delivered.room)
      if (log) this.#violations.push(...missing(delivered, log))
    }
    return this.#violations
  }

  /**
   * The first join response of an epoch counts. If it carried entries and none was delivered, the connection was lost
   * between the socket and the client; then the next response counts.
   */
  #join(delivered: Delivered, { epoch, head, digests }: Of<'joined'>): void {
    const lost = delivered.headBrought && delivered.epoch !== epoch
    if (delivered.headEpoch === epoch && !lost) return
    Object.assign(delivered, { head, headEpoch: epoch, headBrought: digests.length > 0 })
  }

  #deliver(delivered: Delivered, { who, room, epoch, from, digests }: Of<'delivered'>): void {
    const next = delivered.first + delivered.names.length
    if (delivered.first === 0) {
      // A reset within the same epoch takes back entries of a valid log.
      if (delivered.epoch === epoch)
        this.#wrong('out of order', `${who} was reset in the same epoch of ${room} at ${from}.`, delivered, from)
      Object.assign(delivered, { epoch, first: from, names: [] })
    } else if (epoch !== delivered.epoch) {
      this.#wrong('out of order', `${who} received another epoch of ${room} without a reset.`, delivered, from)
      Object.assign(delivered, { epoch, first: from, names: [] })
    } else if (from < next) {
      this.#wrong('doubled', `${who} received ${room} ${from} after ${next - 1}.`, delivered, from)
      delivered.names.length = Math.max(0, from - delivered.first)
    } else if (from > next) {
      this.#wrong('lost', `${who} received ${room} ${from} after ${next - 1}.`, delivered, next)
      while (delivered.first + delivered.names.length < from) delivered.names.push('')
    }
    for (const name of digests) delivered.names.push(name)
  }

  #wrong(kind: Violation['kind'], sentence: string, { who, room }: Delivered, seq: number): void {
    this.#violations.push({ kind, sentence, who, room, seq })
  }
}

const unjoined = { headEpoch: '', headBrought: false, left: false }

function* missing({ who, room, epoch, first, names, head }: Delivered, log: Log): Generator<Violation> {
  const end = log.names.length
  if (end <= head) return
  if (epoch !== log.epoch) {
    const sentence = `${who} is in ${room} and received nothing of its current epoch.`
    yield { kind: 'lost', sentence, who, room, seq: head + 1 }
    return
  }
  if (first > head + 1) {
    const sentence = `${who} joined ${room} at ${head} and received nothing before ${first}.`
    yield { kind: 'lost', sentence, who, room, seq: head + 1 }
  }
  const last = first + names.length - 1
  if (last >= end) return
  const sentence = `${who} received ${room} up to ${last}; others received ${end}.`
  yield { kind: 'lost', sentence, who, room, seq: last + 1 }
}
