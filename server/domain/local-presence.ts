import type { Status, User } from '../../protocol/people.ts'
import { Coalescer } from './coalesce.ts'
import type { Roster } from './ports.ts'
import { combinedStatus } from './status.ts'

interface LocalUser {
  user: User
  /** The user's connections on this node; few, so an array. */
  connections: { connection: string; status: Status }[]
}

interface LocalRoom {
  users: Map<string, LocalUser>
  /** Users whose row in the roster may differ from `users`. */
  pending: Map<string, User>
  /** The roster may have lost its rows: the next update replaces all of them. */
  isStateLost: boolean
  coalescer: Coalescer<void>
}

const RETRY_MS = 1_000

/**
 * This node's users with at least one connection in each room. Changes are written to the roster in batches, one at a time
 * per room; failed writes are retried until the store has them.
 */
export class LocalPresence {
  readonly #rooms = new Map<string, LocalRoom>()
  readonly #departures = new Set<NodeJS.Timeout>()
  #closed = false

  constructor(
    private readonly roster: Roster,
    private readonly graceMs: number,
  ) {
    roster.onStateLost(() => this.#resendAll())
  }

  /** Resolves when the roster is updated. */
  async enter(room: string, user: User, connection: string, status: Status): Promise<void> {
    const ours = this.#rooms.get(room) ?? this.#begin(room)
    const person = ours.users.get(user.id)
    const before = statusOf(person)
    const known = person?.connections.find((it) => it.connection === connection)
    if (known) known.status = status
    else if (person) person.connections.push({ connection, status })
    // An array literal with one element has no spare capacity, which most users never need.
    else ours.users.set(user.id, { user, connections: [{ connection, status }] })
    if (statusOf(ours.users.get(user.id)) !== before) ours.pending.set(user.id, user)
    // An earlier change of this user may still be pending.
    await ours.coalescer.run()
  }

  /** Resolves when the roster is updated; a failed update is retried in the background. */
  async leave(room: string, user: User, connection: string): Promise<void> {
    const ours = this.#rooms.get(room)
    const person = ours?.users.get(user.id)
    const before = statusOf(person)
    const at = person?.connections.findIndex((it) => it.connection === connection) ?? -1
    if (!ours || !person || at < 0) return
    person.connections.splice(at, 1)
    if (statusOf(person) === before) return
    if (person.connections.length === 0) ours.users.delete(user.id)
    ours.pending.set(user.id, user)
    await ours.coalescer.run().catch(() => {})
  }

  /** The connection closed. The user leaves after the grace period, so that a reconnect is not visible to others. */
  leaveAfterGrace(rooms: string[], user: User, connection: string): void {
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#departures.delete(timer)
      for (const room of rooms) void this.leave(room, user, connection)
    }, this.graceMs)
    this.#departures.add(timer)
  }

  /** Stops all updates: releasing the lease removes all rows of this node. */
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
    const changed = [...ours.pending.values()]
    const { isStateLost: forgotten } = ours
    ours.pending.clear()
    ours.isStateLost = false
    if (this.#closed || (changed.length === 0 && !forgotten)) return
    try {
      if (forgotten) await this.roster.replace(room, usersOf(ours))
      else
        await this.roster.update(
          room,
          changed.map((user) => ({ user, status: statusOf(ours.users.get(user.id)) })),
        )
      // An empty room without pending changes is deleted; the next user creates it again.
      if (ours.users.size + ours.pending.size === 0 && !ours.isStateLost) this.#rooms.delete(room)
    } catch (error) {
      ours.isStateLost ||= forgotten
      for (const user of changed) ours.pending.set(user.id, user)
      setTimeout(() => void ours.coalescer.run().catch(() => {}), RETRY_MS)
      throw error
    }
  }

  #resendAll(): void {
    for (const ours of this.#rooms.values()) {
      ours.isStateLost = true
      // A failed update is retried.
      void ours.coalescer.run().catch(() => {})
    }
  }
}

const usersOf = ({ users }: LocalRoom) =>
  [...users.values()].map(({ user, connections }) => ({ user, status: combined(connections) }))

/** The combined status of the user's connections on this node; null without a connection. */
const statusOf = (person: LocalUser | undefined): Status | null =>
  person?.connections.length ? combined(person.connections) : null

const combined = (wishes: LocalUser['connections']): Status => combinedStatus(wishes.map(({ status }) => status))
