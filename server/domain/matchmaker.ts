import { setImmediate as nextTick } from 'node:timers/promises'
import type { User } from '../../protocol/people.ts'
import { unavailable } from './fault-error.ts'
import type { Journal, Way } from './journal.ts'
import type { Found, Pair, Store } from './ports.ts'
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
  seekers: Map<MatchClient, string | undefined>
  /** What concerns one person happens in order. */
  turns: SerialQueue
  underWay: number
  /** Nobody is here; they may be back until this fires. */
  departure?: NodeJS.Timeout
  /** The store was away meanwhile, and so were those who wanted to come back. */
  excused?: boolean
  retry?: NodeJS.Timeout
}

const RETRY_MS = 1_000

/**
 * This node's people who wait for a stranger, or have one. What is so, the store says: at each change each connection is
 * told what it has not been told, and what the store has forgotten is asked for again.
 */
export class Matchmaker {
  readonly #matchPlaces = new Map<string, MatchPlace>()
  readonly #gone = new WeakSet<MatchClient>()
  #closed = false

  constructor(
    private readonly store: Pick<Store, 'matches' | 'ailing'>,
    private readonly graceMs: number,
    private readonly journal: Pick<Journal, 'record'>,
  ) {
    store.matches.watch((user) => {
      const places = user === undefined ? [...this.#matchPlaces.values()] : [this.#matchPlaces.get(user)]
      for (const place of places) if (place) void this.#settle(place)
    })
  }

  /** Waits for a stranger; who has one already is told so again. */
  find(matchClient: MatchClient): Promise<void> {
    return this.#turn(matchClient.user, async (matchPlace) => {
      const before = matchPlace.seekers.get(matchClient)
      const found = await this.#ask(matchPlace, matchClient, () => this.store.matches.find(matchClient.user))
      const pair = found === 'waiting' ? found : found.pair
      if (before !== undefined && before !== roomOf(pair)) matchClient.ended(before)
      matchPlace.seekers.set(matchClient, undefined)
      this.#record(found, matchClient)
      if (found !== 'waiting') void this.#settle(matchPlace)
    })
  }

  /** Whether the room is that of a pair which they are in; from here on this connection is in it as well. */
  enter(seeker: MatchClient, room: string): Promise<boolean> {
    return this.#turn(seeker.user, async (place) => {
      const before = place.seekers.get(seeker)
      const pair = await this.#ask(place, seeker, () => this.store.matches.enter(seeker.user, room))
      if (pair && before !== undefined && before !== room) seeker.ended(before)
      if (pair) place.seekers.set(seeker, room)
      else void this.#settle(place)
      return pair !== undefined
    })
  }

  /** Waits no more, or ends the pair. Resolves to the room of the pair that this connection was told of. */
  leave(seeker: MatchClient): Promise<string | undefined> {
    return this.#turn(seeker.user, async (place) => {
      const { matches } = this.store
      await matches.part(seeker.user.id)
      const othersWait = [...place.seekers].some(([other, room]) => other !== seeker && room === undefined)
      if (!othersWait) await matches.release(seeker.user.id)
      const room = place.seekers.get(seeker)
      place.seekers.delete(seeker)
      void this.#settle(place)
      return room
    })
  }

  /** The connection is no more. In line its person is gone at once; in a pair they may be back in a moment. */
  gone(seeker: MatchClient): void {
    this.#gone.add(seeker)
    if (this.#closed || !this.#matchPlaces.has(seeker.user.id)) return
    this.#turn(seeker.user, async (place) => {
      if (!place.seekers.delete(seeker) || place.seekers.size > 0) return
      this.#depart(place)
      if (!(await this.store.matches.release(seeker.user.id, { waitingOnly: true }))) this.#stay(place)
    }).catch(() => {})
  }

  /** From here on nothing is said: the lease is given back, and speaks for all. */
  close(): void {
    this.#closed = true
    for (const place of this.#matchPlaces.values()) {
      this.#stay(place)
      clearTimeout(place.retry)
    }
  }

  async #turn<T>(user: User, work: (place: MatchPlace) => Promise<T>): Promise<T> {
    const place: MatchPlace = this.#matchPlaces.get(user.id) ?? {
      user,
      seekers: new Map(),
      turns: new SerialQueue(),
      underWay: 0,
    }
    this.#matchPlaces.set(user.id, place)
    place.underWay++
    try {
      return await place.turns.run(() => work(place))
    } finally {
      place.underWay--
      const needed = place.underWay + place.seekers.size > 0 || place.departure || place.retry
      if (!needed) this.#matchPlaces.delete(user.id)
    }
  }

  async #ask<T>(place: MatchPlace, seeker: MatchClient, ask: () => Promise<T>): Promise<T> {
    if (this.#gone.has(seeker)) throw unavailable('The connection ended.')
    try {
      const answer = await ask()
      this.#stay(place)
      return answer
    } catch (error) {
      // It may have been done all the same: what nobody here wants is given back.
      if (place.seekers.size === 0) this.#depart(place)
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
    const { user, seekers } = place
    const told = [...seekers.values()]
    const [room] = told
    if (told.includes(undefined)) {
      const found = await matches.find(user)
      this.#record(found, [...seekers.keys()][0])
      this.#tell(place, found === 'waiting' ? found : found.pair)
    } else if (room !== undefined) this.#tell(place, await matches.enter(user, room))
    if (seekers.size === 0 && !place.departure) await matches.release(user.id)
  }

  #record(found: Found | 'waiting', by: MatchClient | undefined): void {
    if (found === 'waiting' || !found.created) return
    this.journal.record({ kind: 'match', way: by?.way ?? 'node', user: by?.user.id })
  }

  #tell({ seekers }: MatchPlace, found: Pair | 'waiting' | undefined): void {
    const room = roomOf(found)
    for (const [seeker, told] of [...seekers]) {
      if (told !== undefined && told !== room) {
        seekers.delete(seeker)
        seeker.ended(told)
      } else if (told === undefined && typeof found === 'object') {
        seekers.set(seeker, found.room)
        seeker.found(found)
      }
    }
  }

  #depart(place: MatchPlace): void {
    if (place.departure || this.#closed) return
    place.departure = setTimeout(() => {
      place.departure = undefined
      const away = this.store.ailing() !== undefined
      const excused = away || place.excused
      place.excused = away
      if (excused) this.#depart(place)
      else void this.#settle(place)
    }, this.graceMs)
  }

  #stay(place: MatchPlace): void {
    clearTimeout(place.departure)
    place.departure = undefined
    place.excused = false
  }
}

const roomOf = (found: Pair | 'waiting' | undefined): string | undefined =>
  typeof found === 'object' ? found.room : undefined
