import { CacheBudget } from '../cache-budget.ts'
import type { Connection } from '../connection.ts'
import { HostedRoom, type RoomDeps } from './hosted-room.ts'

/** An empty room stays hosted for a moment, so that a reload does not unsubscribe and subscribe again. */
const LINGER_MS = 5_000

interface Stay {
  hosted: HostedRoom
  open: Promise<void>
  leaving?: NodeJS.Timeout
}

/** The rooms that this node hosts: those that a connection of its own is in, and no others. */
export class RoomRegistry {
  readonly #stays = new Map<string, Stay>()
  readonly #budget = new CacheBudget()

  constructor(private readonly roomDeps: RoomDeps) {}

  get size(): number {
    return this.#stays.size
  }

  /** Hosts the room for this connection until it is released. */
  async acquire(room: string, connection: Connection): Promise<HostedRoom> {
    const stay = this.#stays.get(room) ?? this.#begin(room)
    clearTimeout(stay.leaving)
    stay.hosted.readers.add(connection)
    try {
      await stay.open
      return stay.hosted
    } catch (error) {
      this.release(room, connection)
      throw error
    }
  }

  release(room: string, connection: Connection): void {
    const stay = this.#stays.get(room)
    if (!stay?.hosted.readers.delete(connection) || stay.hosted.readers.size > 0) return
    clearTimeout(stay.leaving)
    stay.leaving = setTimeout(() => this.#end(room, stay), LINGER_MS)
  }

  close(): void {
    for (const [room, stay] of this.#stays) this.#end(room, stay)
  }

  #begin(room: string): Stay {
    const hosted = new HostedRoom(room, this.roomDeps, this.#budget)
    const stay: Stay = { hosted, open: hosted.open() }
    this.#stays.set(room, stay)
    // A room that could not be opened is tried anew by the next one who comes.
    stay.open.catch(() => this.#end(room, stay))
    return stay
  }

  #end(room: string, stay: Stay): void {
    clearTimeout(stay.leaving)
    stay.hosted.close()
    if (this.#stays.get(room) === stay) this.#stays.delete(room)
  }
}
