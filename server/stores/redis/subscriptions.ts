import type { Redis } from 'ioredis'
import { unavailable } from '../../domain/fault-error.ts'
import { createClient, failFastOptions, reconnect } from './connection.ts'

export interface Listener {
  onMessage(message: string): void
  /** Something may have been missed. */
  resync(): void
}

/** Ticks in a row that this node may fail to hear of itself: a dead connection is found within 4 s, and healed within 5. */
const MISSED_TICKS_MAX = 3

/**
 * What this node listens to, on a connection of its own: each channel once, however many listen. A subscriber cannot
 * tell silence from a dead connection, so the node says a tick every BEAT_MS and expects to hear it; three missed, and
 * the connection is replaced. After every reconnection all is subscribed again, and then every listener resyncs. The tick's
 * channel is subscribed before the first connection counts as made: one that dies at once is found as soon as any other.
 */
export class Subscriptions {
  readonly #redis: Redis
  readonly #listeners = new Map<string, Set<Listener>>()
  /** The subscription of each channel on the present connection. */
  readonly #subscriptions = new Map<string, Promise<unknown>>()
  #complete = false
  #missedTicks = 0
  #closed = false
  #opened = () => {}
  readonly #firstComplete = new Promise<void>((opened) => {
    this.#opened = opened
  })

  /** `ticks`: the channel of this node's ticks. */
  constructor(url: string, ticks: string) {
    const onMessage = () => {
      this.#missedTicks = 0
    }
    this.#listeners.set(ticks, new Set([{ onMessage, resync: () => {} }]))
    this.#redis = createClient(url, failFastOptions)
    this.#redis.on('smessage', (channel: string, message: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener.onMessage(message)
    })
    this.#redis.on('ready', () => void this.#subscribeAll())
    this.#redis.on('close', () => {
      this.#complete = false
      this.#subscriptions.clear()
    })
    this.#redis.on('end', () => {
      if (!this.#closed) setTimeout(() => !this.#closed && this.#redis.connect().catch(() => {}), 500).unref()
    })
  }

  /** Resolves when the connection was made for the first time. */
  open(): Promise<void> {
    return this.#firstComplete
  }

  /** Everything that is listened to is subscribed. */
  get complete(): boolean {
    return this.#complete && this.#redis.status === 'ready'
  }

  /** Resolves when whatever is published from now on will be heard. */
  async subscribe(channel: string, listener: Listener): Promise<() => void> {
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners.add(listener))
    const stop = () => {
      if (!listeners.delete(listener) || listeners.size > 0) return
      this.#listeners.delete(channel)
      this.#subscriptions.delete(channel)
      this.#redis.sunsubscribe(channel).catch(() => {})
    }
    try {
      await this.#subscribe(channel)
      return stop
    } catch (error) {
      // Late, or gone? The ticks know. To begin all subscriptions anew because of one would make a busy node later still.
      stop()
      throw Object.assign(unavailable(), { cause: error })
    }
  }

  /** Expects to hear this node's own tick, which `publish` publishes on another connection. Call it every BEAT_MS. */
  async tick(publish: () => Promise<unknown>): Promise<void> {
    if (!this.complete) return
    if (this.#missedTicks >= MISSED_TICKS_MAX) return this.replace()
    // A tick that could not be said cannot be missed.
    const before = this.#missedTicks++
    await publish().catch(() => {
      this.#missedTicks = before
    })
  }

  close(): void {
    this.#closed = true
    this.#listeners.clear()
    this.#redis.disconnect()
  }

  /** Ends a connection that may be dead, and makes another. */
  replace(): void {
    this.#complete = false
    this.#missedTicks = 0
    reconnect(this.#redis)
  }

  #subscribe(channel: string): Promise<unknown> {
    const subscribed = this.#subscriptions.get(channel) ?? this.#redis.ssubscribe(channel)
    this.#subscriptions.set(channel, subscribed)
    subscribed.catch(() => {
      if (this.#subscriptions.get(channel) === subscribed) this.#subscriptions.delete(channel)
    })
    return subscribed
  }

  async #subscribeAll() {
    this.#missedTicks = 0
    this.#subscriptions.clear()
    try {
      await Promise.all(
        [...this.#listeners].map(async ([channel, listeners]) => {
          await this.#subscribe(channel)
          for (const listener of listeners) listener.resync()
        }),
      )
      this.#complete = true
      this.#opened()
    } catch {
      this.replace()
    }
  }
}
