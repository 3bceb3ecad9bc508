import type { Command, HistoryEvent, Of } from '../history.ts'
import type { ExpectedLog } from './expected-log.ts'
import type { About, Judge, Violation } from './violation.ts'
import { Wipes } from './wipes.ts'

/** All identical commands of one client: usually one, but a client may send the same reaction twice. */
interface Wish {
  who: string
  words: Command
  asked: number
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
  words?: Command
}

/**
 * Every acknowledged command is in the log exactly once as sent; every refused command is not in the log; every entry
 * was sent by its author; and every command ended with a result.
 */
export class Sends implements Judge {
  readonly #ledger: ExpectedLog
  readonly #wishes = new Map<string, Wish>()
  readonly #open = new Map<string, Of<'says'>>()
  /** By client and digest: acknowledged on the wire or by the SDK. */
  readonly #acknowledged = new Map<string, Acknowledged>()
  readonly #clientIds = new Map<string, string>()
  readonly #users = new Map<string, string>()
  readonly #ended = new Set<string>()
  readonly #doubtful: Of<'doubtful'>[] = []
  readonly #wipes = new Wipes()

  constructor(expectedLog: ExpectedLog) {
    this.#ledger = expectedLog
  }

  take(historyEvent: HistoryEvent): void {
    const { who } = historyEvent
    this.#wipes.take(historyEvent)
    if (this.#ended.has(who)) return
    switch (historyEvent.what) {
      case 'is':
        this.#users.set(historyEvent.user, who)
        break
      case 'says':
        this.#wish(who, historyEvent).asked++
        this.#open.set(`${who} ${historyEvent.op}`, historyEvent)
        break
      case 'asks':
        this.#wish(who, historyEvent).clientIds.add(historyEvent.clientId)
        this.#clientIds.set(historyEvent.clientId, key(who, historyEvent))
        break
      case 'answered':
        if (historyEvent.digest) this.#acknowledge(who, historyEvent.digest).clientIds.add(historyEvent.clientId)
        break
      case 'said':
        this.#acknowledge(who, historyEvent.digest).words = this.#open.get(`${who} ${historyEvent.op}`)
        this.#open.delete(`${who} ${historyEvent.op}`)
        break
      case 'gave up': {
        const words = this.#open.get(`${who} ${historyEvent.op}`)
        if (words && !UNSURE.has(historyEvent.code)) this.#wish(who, words).gaveUp++
        this.#open.delete(`${who} ${historyEvent.op}`)
        break
      }
      case 'doubtful':
        this.#doubtful.push(historyEvent)
        break
      case 'ends':
        this.#ended.add(who)
        break
    }
  }

  end(): Violation[] {
    return [...this.#unanswered(), ...this.#unkept(), ...this.#wrongIds(), ...this.#fromNowhere()]
  }

  *#unanswered(): Generator<Violation> {
    // A flushed Redis also loses the record of which clientIds were appended.
    for (const { who, room, clientId, at } of this.#wipes.any ? [] : this.#doubtful) {
      const sentence = `${who} could not find out whether ${clientId} was said in ${room}, whose log is there.`
      yield { kind: 'stuck', sentence, who, room, from: at }
    }
    for (const { who, op, room, at } of this.#open.values()) {
      const sentence = `${who} said their number ${op} in ${room}, and was never told what became of it.`
      yield { kind: 'stuck', sentence, who, room, from: at }
    }
  }

  /** Reports acknowledged entries that are not in the log as acknowledged. */
  *#unkept(): Generator<Violation> {
    const places = new Map(this.#ledger.logs.map((log) => [log.room, log.names]))
    for (const { who, digest, clientIds, words } of this.#acknowledged.values()) {
      const entry = this.#ledger.entry(digest)
      if (!entry) continue
      const { room, seq } = entry
      const mayBeGone = this.#wipes.mayHaveTaken(entry)
      const about: About = { who, room, seq, clientId: entry.clientId }
      const there = [...(places.get(room)?.[seq - 1] ?? [])].flatMap((name) => this.#ledger.entry(name) ?? [])
      if (mayBeGone) {
        // Belongs to an earlier epoch; the entry does not say which.
      } else if (there.length === 0) {
        yield { kind: 'lost', sentence: `${room} ${seq} of ${who} was acknowledged and heard by nobody.`, ...about }
      } else if (!there.some((other) => other.by === entry.by && other.clientId === entry.clientId)) {
        yield { kind: 'lost', sentence: `${room} ${seq} of ${who} was acknowledged; another took its place.`, ...about }
      }
      const differs = words && key('', words) !== key('', entry.deleted ? { ...entry, text: words.text } : entry)
      if (differs || [...clientIds].some((clientId) => clientId !== entry.clientId)) {
        yield { kind: 'not faithful', sentence: `${who} said one thing; ${room} ${seq} is another.`, ...about }
      }
    }
  }

  *#wrongIds(): Generator<Violation> {
    const there = new Set<string>()
    for (const log of this.#ledger.logs) {
      for (const { clientId } of this.#ledger.whole(log)) if (clientId) there.add(clientId)
    }
    for (const { who, words, asked, gaveUp, clientIds } of this.#wishes.values()) {
      const { room } = words
      const [clientId] = clientIds
      const about: About = { who, room, clientId }
      if (clientIds.size > asked) {
        const sentence = `${who} said ${said(words)} in ${room} ${asked} times, under ${clientIds.size} clientIds.`
        yield { kind: 'doubled', sentence, ...about }
      }
      const found = [...clientIds].filter((id) => there.has(id)).length
      if (found <= asked - gaveUp) continue
      const sentence = `${who} was refused ${said(words)} in ${room}, and it is there.`
      yield { kind: 'not faithful', sentence, ...about }
    }
  }

  *#fromNowhere(): Generator<Violation> {
    for (const log of this.#ledger.logs) {
      for (const entry of this.#ledger.whole(log)) {
        const { room, seq, clientId = '', by } = entry
        const who = this.#users.get(by) ?? by
        const words = this.#clientIds.get(clientId)
        const same = entry.deleted ? words !== undefined : words === key(who, entry)
        if (same) continue
        yield { kind: 'from nowhere', sentence: `${room} ${seq} by ${who} was never said.`, room, seq, clientId }
      }
    }
  }

  #acknowledge(who: string, digest: string): Acknowledged {
    const at = `${who} ${digest}`
    const acknowledged = this.#acknowledged.get(at) ?? { who, digest, clientIds: new Set() }
    this.#acknowledged.set(at, acknowledged)
    return acknowledged
  }

  #wish(who: string, command: Command): Wish {
    const at = key(who, command)
    const wish = this.#wishes.get(at) ?? { who, words: command, asked: 0, gaveUp: 0, clientIds: new Set() }
    this.#wishes.set(at, wish)
    return wish
  }
}

/** Fault codes after which it is unknown whether the command was appended. */
const UNSURE = new Set(['unavailable'])

const key = (who: string, { room, kind, text, target, emoji, on }: Command): string =>
  [who, room, kind, text, target, emoji, on].join(' ')

const said = ({ kind, target }: Command): string => (target === undefined ? `a ${kind}` : `a ${kind} of ${target}`)
