import type { Command, HistoryEvent, Of } from '../history.ts'
import type { ExpectedLog } from './expected-log.ts'
import type { About, Judge, Violation } from './violation.ts'
import { Wipes } from './wipes.ts'

/** All identical commands of one client: usually one, but a client may send the same reaction twice. */
interface Attempts {
  who: string
  command: Command
  requested: number
  gaveUp: number
  /** clientIds under which the command went over the wire. */
  clientIds: Set<string>
}

interface Acknowledged {
  who: string
  digest: string
  /** clientIds of the requests that were answered with this entry. */
  clientIds: Set<string>
  /** The command, if its sender received the acknowledgement. */
  command?: Command
}

/**
 * Every acknowledged command is in the log exactly once as sent; every refused command is not in the log; every entry
 * was sent by its author; and every command ended with a result.
 */
export class Sends implements Judge {
  readonly #expectedLog: ExpectedLog
  readonly #attempts = new Map<string, Attempts>()
  readonly #open = new Map<string, Of<'send'>>()
  /** By client and digest: acknowledged on the wire or by the SDK. */
  readonly #acknowledged = new Map<string, Acknowledged>()
  readonly #clientIds = new Map<string, string>()
  readonly #users = new Map<string, string>()
  readonly #ended = new Set<string>()
  readonly #doubtful: Of<'doubtful'>[] = []
  readonly #wipes = new Wipes()

  constructor(expectedLog: ExpectedLog) {
    this.#expectedLog = expectedLog
  }

  take(historyEvent: HistoryEvent): void {
    const { who } = historyEvent
    this.#wipes.take(historyEvent)
    if (this.#ended.has(who)) return
    switch (historyEvent.what) {
      case 'identified':
        this.#users.set(historyEvent.user, who)
        break
      case 'send':
        this.#attemptsOf(who, historyEvent).requested++
        this.#open.set(`${who} ${historyEvent.op}`, historyEvent)
        break
      case 'request':
        this.#attemptsOf(who, historyEvent).clientIds.add(historyEvent.clientId)
        this.#clientIds.set(historyEvent.clientId, key(who, historyEvent))
        break
      case 'response':
        if (historyEvent.digest) this.#acknowledge(who, historyEvent.digest).clientIds.add(historyEvent.clientId)
        break
      case 'sent':
        this.#acknowledge(who, historyEvent.digest).command = this.#open.get(`${who} ${historyEvent.op}`)
        this.#open.delete(`${who} ${historyEvent.op}`)
        break
      case 'failed': {
        const command = this.#open.get(`${who} ${historyEvent.op}`)
        if (command && !UNSURE.has(historyEvent.code)) this.#attemptsOf(who, command).gaveUp++
        this.#open.delete(`${who} ${historyEvent.op}`)
        break
      }
      case 'doubtful':
        this.#doubtful.push(historyEvent)
        break
      case 'ended':
        this.#ended.add(who)
        break
    }
  }

  end(): Violation[] {
    return [...this.#unanswered(), ...this.#lost(), ...this.#wrongIds(), ...this.#fromNowhere()]
  }

  *#unanswered(): Generator<Violation> {
    // A flushed Redis also loses the record of which clientIds were appended.
    for (const { who, room, clientId, at } of this.#wipes.any ? [] : this.#doubtful) {
      const sentence = `${who} could not determine whether ${clientId} was appended to ${room}, although its log exists.`
      yield { kind: 'stuck', sentence, who, room, from: at }
    }
    for (const { who, op, room, at } of this.#open.values()) {
      const sentence = `${who} sent command ${op} to ${room} and received no result.`
      yield { kind: 'stuck', sentence, who, room, from: at }
    }
  }

  /** Reports acknowledged entries that are not in the log as acknowledged. */
  *#lost(): Generator<Violation> {
    const places = new Map(this.#expectedLog.logs.map((log) => [log.room, log.names]))
    for (const { who, digest, clientIds, command } of this.#acknowledged.values()) {
      const entry = this.#expectedLog.entry(digest)
      if (!entry) continue
      const { room, seq } = entry
      const mayBeGone = this.#wipes.mayHaveTaken(entry)
      const about: About = { who, room, seq, clientId: entry.clientId }
      const there = [...(places.get(room)?.[seq - 1] ?? [])].flatMap((name) => this.#expectedLog.entry(name) ?? [])
      if (mayBeGone) {
        // Belongs to an earlier epoch; the entry does not say which.
      } else if (there.length === 0) {
        yield {
          kind: 'lost',
          sentence: `${room} ${seq} of ${who} was acknowledged and received by no client.`,
          ...about,
        }
      } else if (!there.some((other) => other.by === entry.by && other.clientId === entry.clientId)) {
        yield {
          kind: 'lost',
          sentence: `${room} ${seq} of ${who} was acknowledged and replaced by another entry.`,
          ...about,
        }
      }
      const differs = command && key('', command) !== key('', entry.deleted ? { ...entry, text: command.text } : entry)
      if (differs || [...clientIds].some((clientId) => clientId !== entry.clientId)) {
        yield { kind: 'not faithful', sentence: `${who} sent something else than ${room} ${seq}.`, ...about }
      }
    }
  }

  *#wrongIds(): Generator<Violation> {
    const there = new Set<string>()
    for (const log of this.#expectedLog.logs) {
      for (const { clientId } of this.#expectedLog.whole(log)) if (clientId) there.add(clientId)
    }
    for (const { who, command, requested, gaveUp, clientIds } of this.#attempts.values()) {
      const { room } = command
      const [clientId] = clientIds
      const about: About = { who, room, clientId }
      if (clientIds.size > requested) {
        const sentence = `${who} said ${describe(command)} in ${room} ${requested} times, under ${clientIds.size} clientIds.`
        yield { kind: 'doubled', sentence, ...about }
      }
      const found = [...clientIds].filter((id) => there.has(id)).length
      if (found <= requested - gaveUp) continue
      const sentence = `${who} was refused ${describe(command)} in ${room}, but it is in the log.`
      yield { kind: 'not faithful', sentence, ...about }
    }
  }

  *#fromNowhere(): Generator<Violation> {
    for (const log of this.#expectedLog.logs) {
      for (const entry of this.#expectedLog.whole(log)) {
        const { room, seq, clientId = '', by } = entry
        const who = this.#users.get(by) ?? by
        const command = this.#clientIds.get(clientId)
        const same = entry.deleted ? command !== undefined : command === key(who, entry)
        if (same) continue
        yield { kind: 'from nowhere', sentence: `${room} ${seq} by ${who} was never sent.`, room, seq, clientId }
      }
    }
  }

  #acknowledge(who: string, digest: string): Acknowledged {
    const at = `${who} ${digest}`
    const acknowledged = this.#acknowledged.get(at) ?? { who, digest, clientIds: new Set() }
    this.#acknowledged.set(at, acknowledged)
    return acknowledged
  }

  #attemptsOf(who: string, command: Command): Attempts {
    const at = key(who, command)
    const attempts = this.#attempts.get(at) ?? { who, command, requested: 0, gaveUp: 0, clientIds: new Set() }
    this.#attempts.set(at, attempts)
    return attempts
  }
}

/** Fault codes after which it is unknown whether the command was appended. */
const UNSURE = new Set(['unavailable'])

const key = (who: string, { room, kind, text, target, emoji, on }: Command): string =>
  [who, room, kind, text, target, emoji, on].join(' ')

const describe = ({ kind, target }: Command): string => (target === undefined ? `a ${kind}` : `a ${kind} of ${target}`)
