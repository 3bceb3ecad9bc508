import { CacheBudget } from '../cache-budget.ts'
import type { Connection } from '../connection.ts'
import { HostedRoom, type RoomDeps } from './hosted-room.ts'

/** An empty room stays hosted for a moment, so that a reload does not unsubscribe and subscribe again. */
const LINGER_MS = 5_000

interface RegisteredRoom {
  hosted: HostedRoom
  open: Promise<void>
  closeTimer?: NodeJS.Timeout
}

/** The rooms that this node hosts: those that at least one of its connections has joined. */
export class RoomRegistry {
  readonly #rooms = new Map<string, RegisteredRoom>()
  readonly #budget = new CacheBudget()

  constructor(private readonly deps: RoomDeps) {}

  get size(): number {
    return this.#rooms.size
  }

  /** Hosts the room for this connection until `release`. Rejects when the room cannot be opened. */
  async acquire(room: string, connection: Connection): Promise<HostedRoom> {
    const registered = this.#rooms.get(room) ?? this.#open(room)
    clearTimeout(registered.closeTimer)
    registered.hosted.readers.add(connection)
    try {
      await registered.open
      return registered.hosted
    } catch (error) {
      this.release(room, connection)
      throw error
    }
  }

  release(room: string, connection: Connection): void {
    const registered = this.#rooms.get(room)
    if (!registered?.hosted.readers.delete(connection) || registered.hosted.readers.size > 0) return
    clearTimeout(registered.closeTimer)
    registered.closeTimer = setTimeout(() => this.#close(room, registered), LINGER_MS)
  }

  close(): void {
    for (const [room, registered] of this.#rooms) this.#close(room, registered)
  }

  #open(room: string): RegisteredRoom {
    const hosted = new HostedRoom(room, this.deps, this.#budget)
    const registered: RegisteredRoom = { hosted, open: hosted.open() }
    this.#rooms.set(room, registered)
    // After a failure the next `acquire` retries.
    registered.open.catch(() => this.#close(room, registered))
    return registered
  }

  #close(room: string, registered: RegisteredRoom): void {
    clearTimeout(registered.closeTimer)
    registered.hosted.close()
    if (this.#rooms.get(room) === registered) this.#rooms.delete(room)
  }
}
