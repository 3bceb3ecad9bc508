import type { Entry } from '../../protocol/entry.ts'
import { MATCH_LOG_ENTRIES } from '../../protocol/limits.ts'
import { Fanout } from '../domain/fanout.ts'
import type { Journal } from '../domain/journal.ts'
import type { RoomLog, Subscription } from '../domain/ports.ts'
import type { NodeMetrics } from '../metrics.ts'
import { type ChatMessage, ChunkedMessages } from './chunked-messages.ts'

/** Called with each new message. Messages of one fan-out batch are delivered in one tick. */
export type Listener = (message: ChatMessage) => void

interface SubscribedRoom {
  listeners: Set<Listener>
  following: Promise<Subscription>
  close(): void
}

/** The rooms that dialect connections are in. */
export class RoomSubscriptions {
  /** Subscriptions that several listeners share, by room. */
  readonly #shared = new Map<string, SubscribedRoom>()
  readonly #all = new Set<SubscribedRoom>()

  constructor(
    private readonly log: RoomLog,
    private readonly metrics: NodeMetrics,
    private readonly journal: Journal,
    /** The batching window of the fan-out, in milliseconds. */
    private readonly gatherMs: number,
  ) {}

  get size(): number {
    return this.#all.size
  }

  /** Resolves when all further messages will be delivered to the listener, with the function that unsubscribes it. */
  subscribe(room: string, listener: Listener): Promise<() => void> {
    const subscription = this.#shared.get(room) ?? this.#open((onEntries) => this.#follow(room, onEntries))
    this.#shared.set(room, subscription)
    return this.#addListener(subscription, listener, () => {
      if (this.#shared.get(room) === subscription) this.#shared.delete(room)
    })
  }

  /**
   * Like `subscribe`, but starts with the stored messages of the room: at most the log of a match, MATCH_LOG_ENTRIES.
   */
  subscribeFromStart(room: string, listener: Listener): Promise<() => void> {
    return this.#addListener(
      this.#open((onEntries) => this.#followFromStart(room, onEntries)),
      listener,
    )
  }

  close(): void {
    for (const subscription of this.#all) subscription.close()
    this.#shared.clear()
  }

  async #addListener(subscription: SubscribedRoom, listener: Listener, onClose = () => {}): Promise<() => void> {
    subscription.listeners.add(listener)
    const leave = () => {
      if (!subscription.listeners.has(listener)) return
      if (subscription.listeners.size === 1) {
        subscription.close()
        onClose()
      }
      subscription.listeners.delete(listener)
    }
    try {
      await subscription.following
      return leave
    } catch (error) {
      leave()
      throw error
    }
  }

  #open(follow: (onEntries: (entries: Entry[]) => void) => Promise<Subscription>): SubscribedRoom {
    const listeners = new Set<Listener>()
    const chunkedMessages = new ChunkedMessages()
    const fanout = new Fanout((entries) => {
      for (const entry of entries) {
        const message = chunkedMessages.add(entry)
        if (message) for (const listener of listeners) listener(message)
      }
      this.metrics.delivered(entries.length, listeners.size)
      this.journal.delivered(entries, listeners.size)
    }, this.gatherMs)
    const following = follow((entries) => {
      for (const entry of entries) fanout.add(entry)
    })
    const close = () => {
      if (!this.#all.delete(subscription)) return
      // Delivers the last batch.
      fanout.flush()
      fanout.close()
      following.then((followed) => followed.stop()).catch(() => {})
    }
    const subscription = { listeners, following, close }
    this.#all.add(subscription)
    return subscription
  }

  #follow(room: string, entries: (entries: Entry[]) => void): Promise<Subscription> {
    // Listeners keep no position, so a restarted log is simply followed on.
    return this.log.follow(room, { entries, reset: () => {} })
  }

  async #followFromStart(room: string, onEntries: (entries: Entry[]) => void): Promise<Subscription> {
    let early: Entry[] | undefined = []
    const following = await this.#follow(room, (entries) => {
      if (early) early.push(...entries)
      else onEntries(entries)
    })
    const { head } = following
    const before = head > 0 ? (await this.log.read(room, { after: 0, entries: MATCH_LOG_ENTRIES })).entries : []
    onEntries(before.filter(({ seq }) => seq <= head))
    onEntries(early)
    early = undefined
    return following
  }
}
