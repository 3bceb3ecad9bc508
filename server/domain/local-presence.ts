import type { Status, User } from '../../protocol/people.ts'
import { Coalescer } from './coalesce.ts'
import type { Roster } from './ports.ts'
import { combinedStatus } from './status.ts'

interface LocalUser {
  user: User
  /** What each of their connections here says: few, so no map. */
  connections: { connection: string; status: Status }[]
}

interface LocalRoom {
  users: Map<string, LocalUser>
  /** Whose row in the roster may differ from `people`. */
  pending: Map<string, User>
  /** The roster may have lost what it was told: the next round says everything. */
  isStateLost: boolean
  coalescer: Coalescer<void>
}

const RETRY_MS = 1_000

/**
 * What this node has to say of its own people: who is in which room by at least one connection. The roster is told in
 * rounds, one under way at a time for a room; what could not be said is said again, until the store has it.
 */
export class LocalPresence {
  readonly #rooms = new Map<string, LocalRoom>()
  readonly #departures = new Set<NodeJS.Timeout>()
  #closed = false

  constructor(
    private readonly roster: Roster,
    private readonly graceMs: number,
  ) {
    roster.onStateLost(() => this.#restateAll())
  }

  /** Resolves when the roster knows. */
  async enter(room: string, user: User, connection: string, status: Status): Promise<void> {
    const ours = this.#rooms.get(room) ?? this.#begin(room)
    const person = ours.users.get(user.id)
    const before = statusOf(person)
    const wish = person?.connections.find((wish) => wish.connection === connection)
    if (wish) wish.status = status
    else if (person) person.connections.push({ connection, status })
    // A list that is made with its only item has no room to spare, as most of them never need.
    else ours.users.set(user.id, { user, connections: [{ connection, status }] })
    if (statusOf(ours.users.get(user.id)) !== before) ours.pending.set(user.id, user)
    // Somebody who is there by another connection may still be about to be said.
    await ours.coalescer.run()
  }

  /** Resolves when the roster knows; when it cannot be told now, it will be. */
  async leave(room: string, user: User, connection: string): Promise<void> {
    const ours = this.#rooms.get(room)
    const person = ours?.users.get(user.id)
    const before = statusOf(person)
    const at = person?.connections.findIndex((wish) => wish.connection === connection) ?? -1
    if (!ours || !person || at < 0) return
    person.connections.splice(at, 1)
    if (statusOf(person) === before) return
    if (person.connections.length === 0) ours.users.delete(user.id)
    ours.pending.set(user.id, user)
    await ours.coalescer.run().catch(() => {})
  }

  /** Somebody's connection is gone: they may be back in a moment, so it is said after a while. */
  leaveAfterGrace(rooms: string[], user: User, connection: string): void {
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

  #begin(room: string): LocalRoom {
    const ours: LocalRoom = {
      users: new Map(),
      pending: new Map(),
      isStateLost: false,
      coalescer: new Coalescer(() => this.#round(room, ours)),
    }
    this.#rooms.set(room, ours)
    return ours
  }

  async #round(room: string, ours: LocalRoom): Promise<void> {
    const saying = [...ours.pending.values()]
    const { isStateLost: forgotten } = ours
    ours.pending.clear()
    ours.isStateLost = false
    if (this.#closed || (saying.length === 0 && !forgotten)) return
    try {
      if (forgotten) await this.roster.replace(room, everybodyIn(ours))
      else
        await this.roster.update(
          room,
          saying.map((user) => ({ user, status: statusOf(ours.users.get(user.id)) })),
        )
      // Once nothing is left to say of an empty room it is forgotten; who enters next makes it anew.
      if (ours.users.size + ours.pending.size === 0 && !ours.isStateLost) this.#rooms.delete(room)
    } catch (error) {
      ours.isStateLost ||= forgotten
      for (const user of saying) ours.pending.set(user.id, user)
      setTimeout(() => void ours.coalescer.run().catch(() => {}), RETRY_MS)
      throw error
    }
  }

  #restateAll(): void {
    for (const ours of this.#rooms.values()) {
      ours.isStateLost = true
      // A round that fails is tried again.
      void ours.coalescer.run().catch(() => {})
    }
  }
}

const everybodyIn = ({ users }: LocalRoom) =>
  [...users.values()].map(({ user, connections }) => ({ user, status: combined(connections) }))

/** What all their connections here amount to; null when there is none. */
const statusOf = (person: LocalUser | undefined): Status | null =>
  person?.connections.length ? combined(person.connections) : null

const combined = (wishes: LocalUser['connections']): Status => combinedStatus(wishes.map(({ status }) => status))
