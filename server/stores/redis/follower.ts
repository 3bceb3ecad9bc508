import { setTimeout as delay } from 'node:timers/promises'
import type { Entry } from '../../../protocol/entry.ts'
import { PAGE_MAX_ENTRIES } from '../../../protocol/limits.ts'
import type { Follower, Following } from '../../domain/ports.ts'
import type { Listener } from './subscriptions.ts'

/** A stretch of a log as it was at one instant. */
export interface Stretch {
  epoch: string
  head: number
  /** The oldest seq that may be shown. */
  oldest: number
  entries: Entry[]
}

/** What a follower needs of its room's log. */
export interface Source {
  /** Forward from `after`, or the newest entry. */
  stretch(range: { after: number; entries: number } | { newest: true }): Promise<Stretch>
  /** Begins a new epoch unless `epoch` is over already. */
  renew(epoch: string): Promise<void>
  /** Catching up waits for its turn here: it may be that all rooms have to. */
  inTurn<T>(reading: () => Promise<T>): Promise<T>
}

/** How soon a follower that is behind asks again after a failure. */
const RETRY_MS = 200
/** Entries kept while the log is being read; what is beyond will be read from the log. */
const HELD_MOST = 1_000

/** The text is left out: a deletion takes it away. */
const isSame = (a: Entry, b: Entry) =>
  a.seq === b.seq && a.kind === b.kind && a.at === b.at && a.by.id === b.by.id && a.clientId === b.clientId

/**
 * Hands over a room's entries in seq order, each once. The channel is quick but forgets; the log knows all: whatever
 * does not follow the last entry handed over is read from there, before anything newer.
 */
export class RoomFollower implements Listener, Following {
  epoch = ''
  head = 0
  /** What was handed over last: its epoch, its seq, and itself, where it is known. */
  #epoch = ''
  #last = 0
  #newest: Entry | undefined
  /** What is heard while the log is being read. */
  #held: { epoch: string; entry: Entry }[] | undefined = []
  #again = false
  #stopped = false

  constructor(
    private readonly source: Source,
    private readonly follower: Follower,
    private readonly unlisten: () => void,
  ) {}

  /** Call it once, after the channel is subscribed: nothing can be lost between the reading and the hearing. */
  async start(): Promise<void> {
    this.#begin(await this.source.stretch({ newest: true }))
    this.epoch = this.#epoch
    this.head = this.#last
    // What was held meanwhile is handed over after `follow` has resolved and its caller knows `head`.
    setImmediate(() => this.#release())
  }

  readonly stop = (): void => {
    this.#stopped = true
    this.unlisten()
  }

  heard(message: string): void {
    if (this.#stopped || message === 'roster') return
    const [, epoch, json] = /^entry (\S+) (.*)$/s.exec(message) ?? []
    if (!epoch || !json) this.resync()
    else if (this.#held) this.#hold(epoch, JSON.parse(json))
    else this.#take(epoch, JSON.parse(json))
  }

  resync(): void {
    if (this.#held) {
      this.#again = true
      return
    }
    this.#held = []
    void this.#catchUp()
  }

  #begin({ epoch, head, entries }: Stretch) {
    this.#epoch = epoch
    this.#last = head
    this.#newest = entries.at(-1)
  }

  #hold(epoch: string, entry: Entry) {
    if (this.#held!.length === HELD_MOST) this.#held = []
    this.#held!.push({ epoch, entry })
  }

  #take(epoch: string, entry: Entry) {
    if (epoch !== this.#epoch || entry.seq > this.#last + 1) this.resync()
    else if (entry.seq === this.#last + 1) this.#handOver([entry])
  }

  #handOver(entries: Entry[]) {
    const newest = entries.at(-1)
    if (!newest || this.#stopped) return
    this.#last = newest.seq
    this.#newest = newest
    this.follower.entries(entries)
  }

  #release() {
    const held = this.#held ?? []
    this.#held = undefined
    if (this.#again) {
      this.#again = false
      this.resync()
      return
    }
    for (const { epoch, entry } of held) {
      if (this.#held || this.#stopped) return
      this.#take(epoch, entry)
    }
  }

  async #catchUp() {
    while (!this.#stopped) {
      try {
        // Whatever was missed before this moment, the reading will find.
        this.#again = false
        while (!this.#stopped && !(await this.source.inTurn(() => this.#readOn())));
        break
      } catch {
        await delay(RETRY_MS, undefined, { ref: false })
      }
    }
    this.#release()
  }

  /** Reads a stretch from the last entry handed over; true when the head was reached. */
  async #readOn(): Promise<boolean> {
    const last = this.#last
    const stretch = await this.source.stretch({ after: Math.max(last - 1, 0), entries: PAGE_MAX_ENTRIES })
    if (this.#stopped) return true
    if (stretch.epoch !== this.#epoch) return this.#renewed()

    const same = stretch.entries.find((entry) => entry.seq === last)
    const wentBack = stretch.head < last || (same && !(this.#newest && isSame(same, this.#newest)))
    if (wentBack) {
      await this.source.renew(this.#epoch)
      return false
    }
    const missed = stretch.entries.filter((entry) => entry.seq > last)
    if (missed.length === 0) return stretch.head === last || this.#renewed()
    // Trimmed while we were away: there is a hole that nobody can fill, so everyone joins again.
    if (missed[0]!.seq > last + 1) return this.#renewed()
    this.#handOver(missed)
    return this.#last >= stretch.head
  }

  async #renewed(): Promise<boolean> {
    const newest = await this.source.stretch({ newest: true })
    if (this.#stopped) return true
    this.#begin(newest)
    this.follower.renewed({ epoch: newest.epoch, head: newest.head })
    return true
  }
}
