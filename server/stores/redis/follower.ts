import { setTimeout as delay } from 'node:timers/promises'
import type { Entry } from '../../../protocol/entry.ts'
import { PAGE_MAX_ENTRIES } from '../../../protocol/limits.ts'
import type { Follower, Subscription } from '../../domain/ports.ts'
import type { Listener } from './subscriptions.ts'

/** A slice of a log as it was at one instant. */
export interface LogSlice {
  epoch: string
  head: number
  /** The oldest seq that may be shown. */
  oldest: number
  entries: Entry[]
}

/** What a follower needs of its room's log. */
export interface LogSource {
  /** Forward from `after`, or the newest entry. */
  readSlice(range: { after: number; entries: number } | { newest: true }): Promise<LogSlice>
  /** Begins a new epoch unless `epoch` is over already. */
  renew(epoch: string): Promise<void>
  /** Catching up waits for its turn here: it may be that all rooms have to. */
  limitConcurrency<T>(reading: () => Promise<T>): Promise<T>
}

/** How soon a follower that is behind asks again after a failure. */
const RETRY_MS = 200
/** Entries kept while the log is being read; what is beyond will be read from the log. */
const BUFFERED_MAX = 1_000

/** The text is left out: a deletion takes it away. */
const isSameEntry = (a: Entry, b: Entry) =>
  a.seq === b.seq && a.kind === b.kind && a.at === b.at && a.by.id === b.by.id && a.clientId === b.clientId

/**
 * Hands over a room's entries in seq order, each once. The channel is quick but forgets; the log knows all: whatever
 * does not follow the last entry handed over is read from there, before anything newer.
 */
export class RoomFollower implements Listener, Subscription {
  epoch = ''
  head = 0
  /** What was handed over last: its epoch, its seq, and itself, where it is known. */
  #epoch = ''
  #lastSeq = 0
  #lastEntry: Entry | undefined
  /** What is heard while the log is being read. */
  #buffered: { epoch: string; entry: Entry }[] | undefined = []
  #rereadNeeded = false
  #stopped = false

  constructor(
    private readonly source: LogSource,
    private readonly follower: Follower,
    private readonly unsubscribe: () => void,
  ) {}

  /** Call it once, after the channel is subscribed: nothing can be lost between the reading and the hearing. */
  async start(): Promise<void> {
    this.#startAt(await this.source.readSlice({ newest: true }))
    this.epoch = this.#epoch
    this.head = this.#lastSeq
    // What was buffered meanwhile is handed over after `follow` has resolved and its caller knows `head`.
    setImmediate(() => this.#flushBuffer())
  }

  readonly stop = (): void => {
    this.#stopped = true
    this.unsubscribe()
  }

  onMessage(message: string): void {
    if (this.#stopped || message === 'roster') return
    const [, epoch, json] = /^entry (\S+) (.*)$/s.exec(message) ?? []
    if (!epoch || !json) this.resync()
    else if (this.#buffered) this.#buffer(epoch, JSON.parse(json))
    else this.#accept(epoch, JSON.parse(json))
  }

  resync(): void {
    if (this.#buffered) {
      this.#rereadNeeded = true
      return
    }
    this.#buffered = []
    void this.#catchUp()
  }

  #startAt({ epoch, head, entries }: LogSlice) {
    this.#epoch = epoch
    this.#lastSeq = head
    this.#lastEntry = entries.at(-1)
  }

  #buffer(epoch: string, entry: Entry) {
    if (this.#buffered!.length === BUFFERED_MAX) this.#buffered = []
    this.#buffered!.push({ epoch, entry })
  }

  #accept(epoch: string, entry: Entry) {
    if (epoch !== this.#epoch || entry.seq > this.#lastSeq + 1) this.resync()
    else if (entry.seq === this.#lastSeq + 1) this.#deliver([entry])
  }

  #deliver(entries: Entry[]) {
    const newest = entries.at(-1)
    if (!newest || this.#stopped) return
    this.#lastSeq = newest.seq
    this.#lastEntry = newest
    this.follower.entries(entries)
  }

  #flushBuffer() {
    const buffered = this.#buffered ?? []
    this.#buffered = undefined
    if (this.#rereadNeeded) {
      this.#rereadNeeded = false
      this.resync()
      return
    }
    for (const { epoch, entry } of buffered) {
      if (this.#buffered || this.#stopped) return
      this.#accept(epoch, entry)
    }
  }

  async #catchUp() {
    while (!this.#stopped) {
      try {
        // Whatever was missed before this moment, the reading will find.
        this.#rereadNeeded = false
        while (!this.#stopped && !(await this.source.limitConcurrency(() => this.#readNext())));
        break
      } catch {
        await delay(RETRY_MS, undefined, { ref: false })
      }
    }
    this.#flushBuffer()
  }

  /** Reads a slice from the last entry handed over; true when the head was reached. */
  async #readNext(): Promise<boolean> {
    const last = this.#lastSeq
    const slice = await this.source.readSlice({ after: Math.max(last - 1, 0), entries: PAGE_MAX_ENTRIES })
    if (this.#stopped) return true
    if (slice.epoch !== this.#epoch) return this.#restart()

    const same = slice.entries.find((entry) => entry.seq === last)
    const wentBack = slice.head < last || (same && !(this.#lastEntry && isSameEntry(same, this.#lastEntry)))
    if (wentBack) {
      await this.source.renew(this.#epoch)
      return false
    }
    const missed = slice.entries.filter((entry) => entry.seq > last)
    if (missed.length === 0) return slice.head === last || this.#restart()
    // Trimmed while we were away: there is a hole that nobody can fill, so everyone joins again.
    if (missed[0]!.seq > last + 1) return this.#restart()
    this.#deliver(missed)
    return this.#lastSeq >= slice.head
  }

  async #restart(): Promise<boolean> {
    const newest = await this.source.readSlice({ newest: true })
    if (this.#stopped) return true
    this.#startAt(newest)
    this.follower.reset({ epoch: newest.epoch, head: newest.head })
    return true
  }
}
