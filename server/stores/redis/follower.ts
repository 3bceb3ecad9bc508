import { setTimeout as delay } from 'node:timers/promises'
import type { Entry } from '../../../protocol/entry.ts'
import { PAGE_MAX_ENTRIES } from '../../../protocol/limits.ts'
import type { Follower, Subscription } from '../../domain/ports.ts'
import type { Listener } from './subscriptions.ts'

/** Consecutive entries of a log, as of one instant. */
export interface LogSlice {
  epoch: string
  head: number
  /** The oldest visible seq. */
  oldest: number
  entries: Entry[]
}

/** The log of one room, as a follower accesses it. */
export interface LogSource {
  /** Reads forward from `after`, or only the newest entry. */
  readSlice(range: { after: number; entries: number } | { newest: true }): Promise<LogSlice>
  /** Starts a new epoch unless `epoch` is no longer the current one. */
  renew(epoch: string): Promise<void>
  /** Runs `reading` when a slot is free: after a reconnect, all rooms catch up at once. */
  limitConcurrency<T>(reading: () => Promise<T>): Promise<T>
}

/** Delay before a follower that is behind retries after a failure. */
const RETRY_MS = 200
/** Entries buffered while the log is being read; any beyond that are read from the log. */
const BUFFERED_MAX = 1_000

/** The text is not compared, since a deletion removes it. */
const isSameEntry = (a: Entry, b: Entry) =>
  a.seq === b.seq && a.kind === b.kind && a.at === b.at && a.by.id === b.by.id && a.clientId === b.clientId

/**
 * Delivers a room's entries in seq order, each exactly once. The channel is fast but lossy, the log is complete: when
 * an entry does not directly follow the last one delivered, the gap is read from the log before anything newer is
 * delivered.
 */
export class RoomFollower implements Listener, Subscription {
  epoch = ''
  head = 0
  /** Epoch, seq and (if known) content of the last entry delivered. */
  #epoch = ''
  #lastSeq = 0
  #lastEntry: Entry | undefined
  /** Entries received while the log is being read; undefined while it is not. */
  #buffered: { epoch: string; entry: Entry }[] | undefined = []
  #rereadNeeded = false
  /** Calls of `catchUp` that the present or the next read answers. */
  #catchingUp: { resolve(): void; reject(error: unknown): void }[] = []
  #stopped = false

  constructor(
    private readonly source: LogSource,
    private readonly follower: Follower,
    private readonly unsubscribe: () => void,
  ) {}

  /** Call once, after subscribing to the channel, so that no entry between the read and the subscription is lost. */
  async start(): Promise<void> {
    this.#startAt(await this.source.readSlice({ newest: true }))
    this.epoch = this.#epoch
    this.head = this.#lastSeq
    // Buffered entries are delivered after `follow` has resolved and its caller knows `head`.
    setImmediate(() => this.#flushBuffer())
  }

  readonly stop = (): void => {
    this.#stopped = true
    this.unsubscribe()
    for (const { resolve } of this.#catchingUp.splice(0)) resolve()
  }

  catchUp(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#catchingUp.push({ resolve, reject })
      this.resync()
    })
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
    for (const { resolve } of this.#catchingUp.splice(0)) resolve()
    for (const { epoch, entry } of buffered) {
      if (this.#buffered || this.#stopped) return
      this.#accept(epoch, entry)
    }
  }

  async #catchUp() {
    while (!this.#stopped) {
      try {
        // The read below covers everything missed up to now.
        this.#rereadNeeded = false
        while (!this.#stopped && !(await this.source.limitConcurrency(() => this.#readNext())));
        break
      } catch (error) {
        for (const { reject } of this.#catchingUp.splice(0)) reject(error)
        await delay(RETRY_MS, undefined, { ref: false })
      }
    }
    this.#flushBuffer()
  }

  /** Reads the next entries after the last one delivered. Returns true when the head was reached. */
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
    // Entries were trimmed while this node was behind. The gap cannot be filled, so clients rejoin.
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
