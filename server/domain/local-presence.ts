import type { Status, User } from '../../protocol/people.ts'
import { Coalescer } from './coalesce.ts'
import type { Roster } from './ports.ts'
import { oneStatus } from './status.ts'

interface Person {
  user: User
  /** What each of their connections here says: few, so no map. */
  wishes: { connection: string; status: Status }[]
}

interface RoomOfOurs {
  people: Map<string, Person>
  /** Whose row in the roster may differ from `people`. */
  unsaid: Map<string, User>
  /** The roster may have lost what it was told: the next round says everything. */
  forgotten: boolean
  rounds: Coalescer<void>
}

const RETRY_MS = 1_000

/**
 * What this node has to say of its own people: who is in which room by at least one connection. The roster is told in
 * rounds, one under way at a time for a room; what could not be said is said again, until the store has it.
 */
export class LocalPresence {
  readonly #rooms = new Map<string, RoomOfOurs>()
  readonly #departures = new Set<NodeJS.Timeout>()
  #closed = false

  constructor(
    private readonly roster: Roster,
    private readonly graceMs: number,
  ) {
    roster.onForgotten(() => this.#restateAll())
  }

  /** Resolves when the roster knows. */
  async enter(room: string, user: User, connection: string, status: Status): Promise<void> {
    const ours = this.#rooms.get(room) ?? this.#begin(room)
    const person = ours.people.get(user.id)
    const before = statusOf(person)
    const wish = person?.wishes.find((wish) => wish.connection === connection)
    if (wish) wish.status = status
    else if (person) person.wishes.push({ connection, status })
    // A list that is made with its only item has no room to spare, as most of them never need.
    else ours.people.set(user.id, { user, wishes: [{ connection, status }] })
    if (statusOf(ours.people.get(user.id)) !== before) ours.unsaid.set(user.id, user)
    // Somebody who is there by another connection may still be about to be said.
    await ours.rounds.run()
  }

  /** Resolves when the roster knows; when it cannot be told now, it will be. */
  async leave(room: string, user: User, connection: string): Promise<void> {
    const ours = this.#rooms.get(room)
    const person = ours?.people.get(user.id)
    const before = statusOf(person)
    const at = person?.wishes.findIndex((wish) => wish.connection === connection) ?? -1
    if (!ours || !person || at < 0) return
    person.wishes.splice(at, 1)
    if (statusOf(person) === before) return
    if (person.wishes.length === 0) ours.people.delete(user.id)
    ours.unsaid.set(user.id, user)
    await ours.rounds.run().catch(() => {})
  }

  /** Somebody's connection is gone: they may be back in a moment, so it is said after a while. */
  depart(rooms: string[], user: User, connection: string): void {
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#departures.delete(timer)
      for (const room of rooms) void this.leave(room, user, connection)
    }, this.graceMs)
    this.#departures.add(timer)
  }

  /** From here on nothing is said: the lease is given back, and speaks for all. */
  close(): void {
    this.#closed = true
    for (const timer of this.#departures) clearTimeout(timer)
  }

  #begin(room: string): RoomOfOurs {
    const ours: RoomOfOurs = {
      people: new Map(),
      unsaid: new Map(),
      forgotten: false,
      rounds: new Coalescer(() => this.#round(room, ours)),
    }
    this.#rooms.set(room, ours)
    return ours
  }

  async #round(room: string, ours: RoomOfOurs): Promise<void> {
    const saying = [...ours.unsaid.values()]
    const { forgotten } = ours
    ours.unsaid.clear()
    ours.forgotten = false
    if (this.#closed || (saying.length === 0 && !forgotten)) return
    try {
      if (forgotten) await this.roster.restate(room, everybodyIn(ours))
      else
        await this.roster.say(
          room,
          saying.map((user) => ({ user, status: statusOf(ours.people.get(user.id)) })),
        )
      // Once nothing is left to say of an empty room it is forgotten; who enters next makes it anew.
      if (ours.people.size + ours.unsaid.size === 0 && !ours.forgotten) this.#rooms.delete(room)
    } catch (error) {
      ours.forgotten ||= forgotten
      for (const user of saying) ours.unsaid.set(user.id, user)
      setTimeout(() => void ours.rounds.run().catch(() => {}), RETRY_MS)
      throw error
    }
  }

  #restateAll(): void {
    for (const ours of this.#rooms.values()) {
      ours.forgotten = true
      // A round that fails is tried again.
      void ours.rounds.run().catch(() => {})
    }
  }
}

const everybodyIn = ({ people }: RoomOfOurs) =>
  [...people.values()].map(({ user, wishes }) => ({ user, status: wished(wishes) }))

/** What all their connections here amount to; null when there is none. */
const statusOf = (person: Person | undefined): Status | null => (person?.wishes.length ? wished(person.wishes) : null)

const wished = (wishes: Person['wishes']): Status => oneStatus(wishes.map(({ status }) => status))
