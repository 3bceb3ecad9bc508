import type { Entry } from '../../protocol/entry.ts'
import { MATCH_LOG_ENTRIES } from '../../protocol/limits.ts'
import { Fanout } from '../domain/fanout.ts'
import type { Journal } from '../domain/journal.ts'
import type { RoomLog, Subscription } from '../domain/ports.ts'
import type { NodeMetrics } from '../metrics.ts'
import { ChunkedMessages, type Said } from './chunked-messages.ts'

/** Hears what is said from now on; what leaves in one turn of the fan-out comes in one tick. */
export type Listener = (said: Said) => void

interface SubscribedRoom {
  listeners: Set<Listener>
  following: Promise<Subscription>
  close(): void
}

/** The rooms that connections of this door are in. */
export class RoomSubscriptions {
  /** Those that are followed for all their listeners at once. */
  readonly #shared = new Map<string, SubscribedRoom>()
  readonly #all = new Set<SubscribedRoom>()

  constructor(
    private readonly log: RoomLog,
    private readonly metrics: NodeMetrics,
    private readonly journal: Journal,
    /** The fan-out's window. */
    private readonly gatherMs: number,
  ) {}

  get size(): number {
    return this.#all.size
  }

  /** Resolves when everything that is said from now on will be heard; call what it resolves to when that is enough. */
  join(room: string, listener: Listener): Promise<() => void> {
    const heard = this.#shared.get(room) ?? this.#begin((take) => this.#follow(room, take))
    this.#shared.set(room, heard)
    return this.#listen(heard, listener, () => {
      if (this.#shared.get(room) === heard) this.#shared.delete(room)
    })
  }

  /** The same, beginning with what has been said there before, as far as the log of a pair goes back. */
  joinFromStart(room: string, listener: Listener): Promise<() => void> {
    return this.#listen(
      this.#begin((take) => this.#followFromStart(room, take)),
      listener,
    )
  }

  close(): void {
    for (const heard of this.#all) heard.close()
    this.#shared.clear()
  }

  async #listen(heard: SubscribedRoom, listener: Listener, forget = () => {}): Promise<() => void> {
    heard.listeners.add(listener)
    const leave = () => {
      if (!heard.listeners.has(listener)) return
      if (heard.listeners.size === 1) {
        heard.close()
        forget()
      }
      heard.listeners.delete(listener)
    }
    try {
      await heard.following
      return leave
    } catch (error) {
      leave()
      throw error
    }
  }

  #begin(follow: (take: (entries: Entry[]) => void) => Promise<Subscription>): SubscribedRoom {
    const listeners = new Set<Listener>()
    const chunkedMessages = new ChunkedMessages()
    const fanout = new Fanout((entries) => {
      for (const entry of entries) {
        const said = chunkedMessages.take(entry)
        if (said) for (const listener of listeners) listener(said)
      }
      this.metrics.delivered(entries.length, listeners.size)
      this.journal.delivered(entries, listeners.size)
    }, this.gatherMs)
    const following = follow((entries) => {
      for (const entry of entries) fanout.add(entry)
    })
    const close = () => {
      if (!this.#all.delete(heard)) return
      // With the last words that were said there.
      fanout.flush()
      fanout.close()
      following.then((followed) => followed.stop()).catch(() => {})
    }
    const heard = { listeners, following, close }
    this.#all.add(heard)
    return heard
  }

  #follow(room: string, entries: (entries: Entry[]) => void): Promise<Subscription> {
    // Nobody here remembers what came before, so a log that begins anew is simply heard on.
    return this.log.follow(room, { entries, reset: () => {} })
  }

  async #followFromStart(room: string, take: (entries: Entry[]) => void): Promise<Subscription> {
    let early: Entry[] | undefined = []
    const following = await this.#follow(room, (entries) => {
      if (early) early.push(...entries)
      else take(entries)
    })
    const { head } = following
    const before = head > 0 ? (await this.log.read(room, { after: 0, entries: MATCH_LOG_ENTRIES })).entries : []
    take(before.filter(({ seq }) => seq <= head))
    take(early)
    early = undefined
    return following
  }
}
