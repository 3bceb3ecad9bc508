import type { Batch, HistoryEvent, Seen } from '../history.ts'
import type { Judge, Violation } from './violation.ts'

/** One epoch of a room's log as all clients together saw it: for each seq, the digests under which it was seen. */
export interface Log {
  room: string
  epoch: string
  /** Index 0 is seq 1. One entry has two digests if it was seen before and after its text was deleted. */
  names: Set<string>[]
  /** Last time any client saw an entry of this epoch, Unix milliseconds. */
  till: number
}

/** Merges what all clients saw into the single order that must exist. */
export class ExpectedLog implements Judge {
  readonly #entries = new Map<string, Seen>()
  readonly #logs = new Map<string, Log>()

  take(historyEvent: HistoryEvent): void {
    if (historyEvent.what === 'entry') this.#entries.set(historyEvent.digest, historyEvent.entry)
    if (historyEvent.what === 'delivered' || historyEvent.what === 'received')
      this.#add(historyEvent.room, historyEvent, historyEvent.till)
    if (historyEvent.what === 'joined') this.#add(historyEvent.room, historyEvent, historyEvent.at)
  }

  /** The entry that a digest stands for. */
  entry(name: string): Seen | undefined {
    return this.#entries.get(name)
  }

  /** The latest epoch of each room's log. */
  get logs(): Log[] {
    const latest = new Map<string, Log>()
    for (const log of this.#logs.values()) {
      const other = latest.get(log.room)
      if (!other || other.till < log.till) latest.set(log.room, log)
    }
    return [...latest.values()]
  }

  /** All entries of a log in order, each as seen before its text was deleted if possible. */
  *whole(log: Log): Generator<Seen> {
    for (const names of log.names) {
      const versions = [...names].flatMap((name) => this.entry(name) ?? [])
      const best = versions.find(({ deleted }) => !deleted) ?? versions[0]
      if (best) yield best
    }
  }

  end(): Violation[] {
    return [...this.#logs.values()].flatMap((log) => [...this.#differences(log), ...this.#repeats(log)])
  }

  /** Reports a seq that stands for two different entries. */
  *#differences({ room, names }: Log): Generator<Violation> {
    for (const [i, several] of names.entries()) {
      if (!several || several.size < 2) continue
      const versions = [...several].flatMap((name) => this.entry(name) ?? [])
      const [first, ...others] = versions
      if (!first) continue
      const differs = others.some((other) => identity(other) !== identity(first))
      const texts = new Set(versions.flatMap(({ text, deleted }) => (deleted ? [] : (text ?? ''))))
      if (!differs && texts.size < 2) continue
      const sentence = `${several.size} different entries were received as ${room} ${i + 1}.`
      yield { kind: 'out of order', sentence, room, seq: i + 1 }
    }
  }

  /** Reports one command that led to two entries, and timestamps that decrease. */
  *#repeats(log: Log): Generator<Violation> {
    const { room } = log
    const seen = new Map<string, number>()
    let at = 0
    for (const entry of this.whole(log)) {
      const { seq, by, clientId, text } = entry
      for (const key of [clientId && `${by} ${clientId}`, text && `text ${text}`]) {
        if (!key) continue
        const before = seen.get(key)
        seen.set(key, seq)
        if (before === undefined) continue
        yield { kind: 'doubled', sentence: `${room} ${seq} duplicates ${before}.`, room, seq, clientId }
      }
      if (entry.at < at) yield { kind: 'out of order', sentence: `Timestamps decrease at ${room} ${seq}.`, room, seq }
      at = entry.at
    }
  }

  #add(room: string, { epoch, from, digests }: Batch, till: number): void {
    const key = `${room} ${epoch}`
    const log = this.#logs.get(key) ?? { room, epoch, names: [], till }
    this.#logs.set(key, log)
    log.till = Math.max(log.till, till)
    for (const [i, name] of digests.entries()) {
      const index = from - 1 + i
      while (log.names.length <= index) log.names.push(new Set())
      log.names[index]!.add(name)
    }
  }
}

/** All properties of an entry that a deletion does not change. */
function identity({ text: _, deleted: __, ...rest }: Seen): string {
  return JSON.stringify(Object.entries(rest).sort(([one], [other]) => (one < other ? -1 : 1)))
}
