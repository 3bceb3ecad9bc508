import type { Redis } from 'ioredis'
import { unavailable } from '../../domain/fault-error.ts'
import { createClient, failFastOptions, reconnect } from './connection.ts'

export interface Listener {
  onMessage(message: string): void
  /** Messages may have been missed. */
  resync(): void
}

/**
 * Consecutive ticks not received after which the connection is replaced: a dead one is detected within 4 s and replaced
 * within 5 s.
 */
const MISSED_TICKS_MAX = 3

/**
 * This node's subscriptions, on a separate connection; each channel is subscribed once, however many listeners it has.
 * Since a subscriber cannot tell silence from a dead connection, the node publishes a tick to itself every BEAT_MS, and
 * replaces the connection after three missing ticks. After each reconnect all channels are subscribed again, and then
 * each listener resyncs. The tick channel is subscribed before the first connection counts as established, so that an
 * early failure is detected as quickly as a later one.
 */
export class Subscriptions {
  readonly #redis: Redis
  readonly #listeners = new Map<string, Set<Listener>>()
  /** Subscriptions on the current connection, by channel. */
  readonly #subscriptions = new Map<string, Promise<unknown>>()
  #complete = false
  #missedTicks = 0
  #closed = false
  #opened = () => {}
  readonly #firstComplete = new Promise<void>((opened) => {
    this.#opened = opened
  })

  /** `ticks` is the channel of this node's ticks. */
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

  /** Resolves when all subscriptions are established for the first time. */
  open(): Promise<void> {
    return this.#firstComplete
  }

  /** Whether every channel with a listener is subscribed. */
  get complete(): boolean {
    return this.#complete && this.#redis.status === 'ready'
  }

  /** Resolves when every later message on the channel will be received. The result unsubscribes. */
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
      // A timeout does not prove the connection dead; missing ticks do. Reconnecting because of one slow subscription
      // would slow a busy node down further.
      stop()
      throw Object.assign(unavailable(), { cause: error })
    }
  }

  /** Call every BEAT_MS. `publish` must publish this node's tick on another connection. */
  async tick(publish: () => Promise<unknown>): Promise<void> {
    if (!this.complete) return
    if (this.#missedTicks >= MISSED_TICKS_MAX) return this.replace()
    // A tick that was not published cannot be missed.
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

  /** Replaces a connection that may be dead. */
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
