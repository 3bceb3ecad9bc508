import {
  type ArchivedEvent,
  EVENTS_KEPT,
  type Flush,
  KINDS,
  type Kind,
  PEAKS,
  type Sample,
  SERIES,
  type Totals,
} from '../../domain/journal.ts'
import { incrementsOf, peakNames, type TotalsByName, totalsOf } from '../../domain/journal-totals.ts'
import type { Archive } from '../../domain/ports.ts'
import { withTimeout } from './database.ts'
import type { GroupCommit } from './group-commit.ts'
import { endOf, keys } from './keys.ts'
import type { Transaction } from './transaction.ts'

/** Peaks exclude nodes whose last flush is older than this. */
const CURRENT_MS = 1_500

type Page = Parameters<Archive['events']>[0]

/** The journal archive of the nodes of this process. */
export class EmbeddedArchive implements Archive {
  /** Numbers of the stored events by kind, oldest first. */
  readonly #kept = new Map<Kind, number[]>()
  #newest = 0
  readonly #latestFigures = new Map<string, { at: number; now: Flush['now'] }>()

  constructor(private readonly groupCommit: GroupCommit) {}

  /**
   * Loads the event numbers; call it before anything else. Flush numbers of earlier processes are deleted: their nodes
   * are gone and will not retry.
   */
  async init(): Promise<void> {
    const old = await this.groupCommit.read(async (snapshot) => {
      for (const kind of KINDS) {
        const names = await snapshot.names(keys.events(kind), { limit: Infinity })
        this.#kept.set(kind, names.map(Number))
      }
      return snapshot.names(keys.flushes, { limit: Infinity })
    })
    this.#newest = Math.max(0, ...[...this.#kept.values()].map((numbers) => numbers.at(-1) ?? 0))
    await this.groupCommit.run((tx) => {
      for (const incarnation of old) tx.delete(keys.flush(incarnation))
    })
  }

  add(flush: Flush): Promise<void> {
    return this.groupCommit.run((tx) => {
      const { incarnation, number, samples, events } = flush
      if (number <= (tx.get(keys.flush(incarnation)) ?? 0)) return
      const before = tx.get(keys.totals) ?? { since: Date.now() }
      const totalsByName = this.#plus(before, flush)
      // An idle node does not write to disk.
      if (!totalsByName && samples.length + events.length === 0) return
      tx.put(keys.totals, totalsByName ?? before)
      tx.put(keys.flush(incarnation), number)
      for (const sample of samples) tx.put(keys.sample(sample.stepMs, sample.at, incarnation), sample)
      for (const event of events) this.#addEvent(tx, event)
    })
  }

  async totals(): Promise<Totals> {
    return withTimeout((async () => totalsOf(this.groupCommit.get(keys.totals) ?? {}))())
  }

  async series({ stepMs, from, to }: Parameters<Archive['series']>[0]): Promise<Sample[]> {
    const key = (at: number) => keys.sample(stepMs, Math.min(Math.max(0, Math.ceil(at)), Number.MAX_SAFE_INTEGER))
    const samples = await this.groupCommit.read((view) => view.rows<Sample>({ gte: key(from), lt: key(to) }))
    return samples.map(([, sample]) => sample)
  }

  async events({ after = 0, kinds = KINDS, node, limit }: Page) {
    return this.groupCommit.read(async (view) => {
      let next = 0
      for (const kind of KINDS) {
        const [newest] = await view.rows<string>({ ...allOf(kind), limit: 1, reverse: true })
        if (newest) next = Math.max(next, numberOf(newest[0]))
      }
      const from = after > next ? 0 : after
      const events: ArchivedEvent[] = []
      for (const kind of kinds) {
        const range = { ...allOf(kind), gte: keys.event(kind, from + 1) }
        const most = node === undefined ? limit : EVENTS_KEPT
        for (const [key, json] of await view.rows<string>({ ...range, limit: most, reverse: true })) {
          const event = { n: numberOf(key), ...JSON.parse(json) }
          if (node === undefined || event.node === node) events.push(event)
        }
      }
      return { events: events.sort((one, other) => one.n - other.n).slice(-limit), next }
    })
  }

  /** Deletes samples beyond their retention. */
  async tidy(now: number): Promise<void> {
    for (const { stepMs, keepMs } of SERIES) {
      const range = { gte: keys.sample(stepMs, 0), lt: keys.sample(stepMs, now - keepMs) }
      const old = await this.groupCommit.read((view) => view.rows<Sample>(range))
      if (old.length > 0) {
        await this.groupCommit.run((tx) => {
          for (const [key] of old) tx.delete(key)
        })
      }
    }
  }

  /** The totals plus a flush; undefined if that changes nothing. */
  #plus(before: TotalsByName, flush: Flush): TotalsByName | undefined {
    const totals = { ...before }
    const counted = incrementsOf(flush)
    for (const [name, by] of counted) totals[name] = (totals[name] ?? 0) + by
    const at = Date.now()
    this.#latestFigures.set(flush.incarnation, { at, now: flush.now })
    for (const [incarnation, figures] of this.#latestFigures) {
      if (figures.at < at - CURRENT_MS) this.#latestFigures.delete(incarnation)
    }
    let higher = false
    for (const peak of PEAKS) {
      const [name, nameAt] = peakNames(peak)
      const now = [...this.#latestFigures.values()].reduce((sum, figures) => sum + Math.round(figures.now[peak]), 0)
      if (now <= (totals[name] ?? 0)) continue
      totals[name] = now
      totals[nameAt] = at
      higher = true
    }
    return counted.length > 0 || higher ? totals : undefined
  }

  #addEvent(tx: Transaction, { kind, json }: Flush['events'][number]): void {
    const n = ++this.#newest
    const kept = this.#kept.get(kind)!
    kept.push(n)
    tx.put(keys.event(kind, n), json)
    if (kept.length > EVENTS_KEPT) tx.delete(keys.event(kind, kept.shift()!))
  }
}

const allOf = (kind: Kind) => ({ gte: keys.events(kind), lt: endOf(keys.events(kind)) })

const numberOf = (key: string): number => Number(key.slice(key.lastIndexOf('/') + 1))
