import { setImmediate as nextTick } from 'node:timers/promises'
import type { User } from '../../protocol/people.ts'
import { unavailable } from './fault-error.ts'
import type { Journal, Way } from './journal.ts'
import type { MatchResult, Pair, Store } from './ports.ts'
import { SerialQueue } from './serial-queue.ts'

/** A connection, of any protocol, whose user asked for a match. */
export interface MatchClient {
  readonly user: User
  readonly way: Way
  /** Called when the user was matched. */
  found(pair: Pair): void
  /** Called when the match of that room has ended; the connection must leave the room. */
  ended(room: string): void
}

interface MatchPlace {
  user: User
  /** The user's connections on this node, each with the room of the match it was notified of; undefined: it waits. */
  clients: Map<MatchClient, string | undefined>
  /** Serializes the operations of one user. */
  queue: SerialQueue
  pendingTasks: number
  /** Set while the user has no connection; when it fires the place is released. */
  graceTimer?: NodeJS.Timeout
  /** The store was unavailable during the grace period, so the user could not have reconnected. */
  storeWasDown?: boolean
  retry?: NodeJS.Timeout
}

const RETRY_MS = 1_000

/**
 * This node's users who wait for a match or have one. The store is the source of truth: after each change connections are
 * notified of what is new to them, and places that the store has lost are acquired again.
 */
export class Matchmaker {
  readonly #places = new Map<string, MatchPlace>()
  readonly #gone = new WeakSet<MatchClient>()
  #closed = false

  constructor(
    private readonly store: Pick<Store, 'matches' | 'unavailableReason'>,
    private readonly graceMs: number,
    private readonly journal: Pick<Journal, 'record'>,
  ) {
    store.matches.watch((user) => {
      const places = user === undefined ? [...this.#places.values()] : [this.#places.get(user)]
      for (const place of places) if (place) void this.#settle(place)
    })
  }

  /** Starts waiting for a match; a user who has one is notified of it again. */
  find(client: MatchClient): Promise<void> {
    return this.#runSerially(client.user, async (place) => {
      const before = place.clients.get(client)
      const found = await this.#ask(place, client, () => this.store.matches.find(client.user))
      const pair = found === 'waiting' ? found : found.pair
      if (before !== undefined && before !== roomOf(pair)) client.ended(before)
      place.clients.set(client, undefined)
      this.#record(found, client)
      if (found !== 'waiting') void this.#settle(place)
    })
  }

  /** Adds this connection to the user's match in that room; resolves with false if the user has no such match. */
  enter(client: MatchClient, room: string): Promise<boolean> {
    return this.#runSerially(client.user, async (place) => {
      const before = place.clients.get(client)
      const pair = await this.#ask(place, client, () => this.store.matches.join(client.user, room))
      if (pair && before !== undefined && before !== room) client.ended(before)
      if (pair) place.clients.set(client, room)
      else void this.#settle(place)
      return pair !== undefined
    })
  }

  /** Stops waiting, or ends the match. Resolves with the room of the match that this connection was notified of. */
  leave(client: MatchClient): Promise<string | undefined> {
    return this.#runSerially(client.user, async (place) => {
      const { matches } = this.store
      await matches.end(client.user.id)
      const othersWait = [...place.clients].some(([other, room]) => other !== client && room === undefined)
      if (!othersWait) await matches.release(client.user.id)
      const room = place.clients.get(client)
      place.clients.delete(client)
      void this.#settle(place)
      return room
    })
  }

  /** The connection closed. Without another one a waiting user is removed at once, a matched one after the grace period. */
  gone(client: MatchClient): void {
    this.#gone.add(client)
    if (this.#closed || !this.#places.has(client.user.id)) return
    this.#runSerially(client.user, async (place) => {
      if (!place.clients.delete(client) || place.clients.size > 0) return
      this.#startGracePeriod(place)
      if (!(await this.store.matches.release(client.user.id, { waitingOnly: true }))) this.#cancelGracePeriod(place)
    }).catch(() => {})
  }

  /** Stops all work: releasing the lease releases all places of this node. */
  close(): void {
    this.#closed = true
    for (const place of this.#places.values()) {
      this.#cancelGracePeriod(place)
      clearTimeout(place.retry)
    }
  }

  async #runSerially<T>(user: User, work: (place: MatchPlace) => Promise<T>): Promise<T> {
    const place: MatchPlace = this.#places.get(user.id) ?? {
      user,
      clients: new Map(),
      queue: new SerialQueue(),
      pendingTasks: 0,
    }
    this.#places.set(user.id, place)
    place.pendingTasks++
    try {
      return await place.queue.run(() => work(place))
    } finally {
      place.pendingTasks--
      const needed = place.pendingTasks + place.clients.size > 0 || place.graceTimer || place.retry
      if (!needed) this.#places.delete(user.id)
    }
  }

  async #ask<T>(place: MatchPlace, client: MatchClient, ask: () => Promise<T>): Promise<T> {
    if (this.#gone.has(client)) throw unavailable('The connection ended.')
    try {
      const answer = await ask()
      this.#cancelGracePeriod(place)
      return answer
    } catch (error) {
      // The call may have succeeded in the store: a place without a connection is released.
      if (place.clients.size === 0) this.#startGracePeriod(place)
      throw error
    }
  }

  /** Reads the user's place from the store, which also acquires it, and notifies connections of changes. */
  async #settle(place: MatchPlace): Promise<void> {
    clearTimeout(place.retry)
    place.retry = undefined
    if (this.#closed) return
    try {
      await this.#runSerially(place.user, () => this.#sync(place))
    } catch {
      clearTimeout(place.retry)
      place.retry = setTimeout(() => void this.#settle(place), RETRY_MS)
    }
  }

  async #sync(place: MatchPlace): Promise<void> {
    // The ack of the request is sent before the notification.
    await nextTick()
    const { matches } = this.store
    const { user, clients } = place
    const told = [...clients.values()]
    const [room] = told
    if (told.includes(undefined)) {
      const found = await matches.find(user)
      this.#record(found, [...clients.keys()][0])
      this.#notify(place, found === 'waiting' ? found : found.pair)
    } else if (room !== undefined) this.#notify(place, await matches.join(user, room))
    if (clients.size === 0 && !place.graceTimer) await matches.release(user.id)
  }

  #record(found: MatchResult | 'waiting', by: MatchClient | undefined): void {
    if (found === 'waiting' || !found.created) return
    this.journal.record({ kind: 'match', way: by?.way ?? 'node', user: by?.user.id })
  }

  #notify({ clients }: MatchPlace, found: Pair | 'waiting' | undefined): void {
    const room = roomOf(found)
    for (const [client, told] of [...clients]) {
      if (told !== undefined && told !== room) {
        clients.delete(client)
        client.ended(told)
      } else if (told === undefined && typeof found === 'object') {
        clients.set(client, found.room)
        client.found(found)
      }
    }
  }

  #startGracePeriod(place: MatchPlace): void {
    if (place.graceTimer || this.#closed) return
    place.graceTimer = setTimeout(() => {
      place.graceTimer = undefined
      const away = this.store.unavailableReason() !== undefined
      const excused = away || place.storeWasDown
      place.storeWasDown = away
      if (excused) this.#startGracePeriod(place)
      else void this.#settle(place)
    }, this.graceMs)
  }

  #cancelGracePeriod(place: MatchPlace): void {
    clearTimeout(place.graceTimer)
    place.graceTimer = undefined
    place.storeWasDown = false
  }
}

const roomOf = (found: Pair | 'waiting' | undefined): string | undefined =>
  typeof found === 'object' ? found.room : undefined
