import { setImmediate as nextTick } from 'node:timers/promises'
import type { User } from '../../protocol/people.ts'
import { unavailable } from './fault-error.ts'
import type { Journal, Way } from './journal.ts'
import type { MatchResult, Pair, Store } from './ports.ts'
import { SerialQueue } from './serial-queue.ts'

/** One connection of somebody who asked for a stranger, whatever the door that it came through. */
export interface MatchClient {
  readonly user: User
  readonly way: Way
  found(pair: Pair): void
  /** The pair of that room is over: out with this connection. */
  ended(room: string): void
}

interface MatchPlace {
  user: User
  /** Their connections here, and the pair that each was told of; undefined: it waits. */
  clients: Map<MatchClient, string | undefined>
  /** What concerns one person happens in order. */
  queue: SerialQueue
  pendingTasks: number
  /** Nobody is here; they may be back until this fires. */
  graceTimer?: NodeJS.Timeout
  /** The store was away meanwhile, and so were those who wanted to come back. */
  storeWasDown?: boolean
  retry?: NodeJS.Timeout
}

const RETRY_MS = 1_000

/**
 * This node's people who wait for a stranger, or have one. What is so, the store says: at each change each connection is
 * told what it has not been told, and what the store has forgotten is asked for again.
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

  /** Waits for a stranger; who has one already is told so again. */
  find(client: MatchClient): Promise<void> {
    return this.#turn(client.user, async (place) => {
      const before = place.clients.get(client)
      const found = await this.#ask(place, client, () => this.store.matches.find(client.user))
      const pair = found === 'waiting' ? found : found.pair
      if (before !== undefined && before !== roomOf(pair)) client.ended(before)
      place.clients.set(client, undefined)
      this.#record(found, client)
      if (found !== 'waiting') void this.#settle(place)
    })
  }

  /** Whether the room is that of a pair which they are in; from here on this connection is in it as well. */
  enter(client: MatchClient, room: string): Promise<boolean> {
    return this.#turn(client.user, async (place) => {
      const before = place.clients.get(client)
      const pair = await this.#ask(place, client, () => this.store.matches.join(client.user, room))
      if (pair && before !== undefined && before !== room) client.ended(before)
      if (pair) place.clients.set(client, room)
      else void this.#settle(place)
      return pair !== undefined
    })
  }

  /** Waits no more, or ends the pair. Resolves to the room of the pair that this connection was told of. */
  leave(client: MatchClient): Promise<string | undefined> {
    return this.#turn(client.user, async (place) => {
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

  /** The connection is no more. In line its person is gone at once; in a pair they may be back in a moment. */
  gone(client: MatchClient): void {
    this.#gone.add(client)
    if (this.#closed || !this.#places.has(client.user.id)) return
    this.#turn(client.user, async (place) => {
      if (!place.clients.delete(client) || place.clients.size > 0) return
      this.#depart(place)
      if (!(await this.store.matches.release(client.user.id, { waitingOnly: true }))) this.#stay(place)
    }).catch(() => {})
  }

  /** From here on nothing is said: the lease is given back, and speaks for all. */
  close(): void {
    this.#closed = true
    for (const place of this.#places.values()) {
      this.#stay(place)
      clearTimeout(place.retry)
    }
  }

  async #turn<T>(user: User, work: (place: MatchPlace) => Promise<T>): Promise<T> {
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
      this.#stay(place)
      return answer
    } catch (error) {
      // It may have been done all the same: what nobody here wants is given back.
      if (place.clients.size === 0) this.#depart(place)
      throw error
    }
  }

  /** Asks the store how things are, which holds them as well, and tells who does not know. */
  async #settle(place: MatchPlace): Promise<void> {
    clearTimeout(place.retry)
    place.retry = undefined
    if (this.#closed) return
    try {
      await this.#turn(place.user, () => this.#look(place))
    } catch {
      clearTimeout(place.retry)
      place.retry = setTimeout(() => void this.#settle(place), RETRY_MS)
    }
  }

  async #look(place: MatchPlace): Promise<void> {
    // Whoever asked has their answer first.
    await nextTick()
    const { matches } = this.store
    const { user, clients } = place
    const told = [...clients.values()]
    const [room] = told
    if (told.includes(undefined)) {
      const found = await matches.find(user)
      this.#record(found, [...clients.keys()][0])
      this.#tell(place, found === 'waiting' ? found : found.pair)
    } else if (room !== undefined) this.#tell(place, await matches.join(user, room))
    if (clients.size === 0 && !place.graceTimer) await matches.release(user.id)
  }

  #record(found: MatchResult | 'waiting', by: MatchClient | undefined): void {
    if (found === 'waiting' || !found.created) return
    this.journal.record({ kind: 'match', way: by?.way ?? 'node', user: by?.user.id })
  }

  #tell({ clients }: MatchPlace, found: Pair | 'waiting' | undefined): void {
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

  #depart(place: MatchPlace): void {
    if (place.graceTimer || this.#closed) return
    place.graceTimer = setTimeout(() => {
      place.graceTimer = undefined
      const away = this.store.unavailableReason() !== undefined
      const excused = away || place.storeWasDown
      place.storeWasDown = away
      if (excused) this.#depart(place)
      else void this.#settle(place)
    }, this.graceMs)
  }

  #stay(place: MatchPlace): void {
    clearTimeout(place.graceTimer)
    place.graceTimer = undefined
    place.storeWasDown = false
  }
}

const roomOf = (found: Pair | 'waiting' | undefined): string | undefined =>
  typeof found === 'object' ? found.room : undefined
