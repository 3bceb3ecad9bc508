import { isDirect, isMatch } from '../../../protocol/room.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { RoomChanges } from './room-changes.ts'

/** Maximum number of rooms remembered to be on the list. */
const NOTED_MAX = 50_000

/** The list of public rooms. It is a hint: readers check whether a listed room has entries or users. */
export class RoomIndex {
  readonly changes: RoomChanges
  readonly #noted = new Set<string>()

  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
  ) {
    this.changes = new RoomChanges(db, keys)
    // The store may have lost the list.
    db.redis.on('close', () => this.#noted.clear())
  }

  /** Call before a room changes. Costs a command the first time. */
  note(room: string): void {
    if (!this.#noted.has(room)) this.add(room)
  }

  /** Call after a room's first entry or user: a reader that saw it empty may have removed it from the list. */
  add(room: string): void {
    if (isDirect(room) || isMatch(room)) return
    if (this.#noted.size >= NOTED_MAX) this.#noted.clear()
    this.#noted.add(room)
    this.db.call((redis) => redis.zadd(this.keys.publicRooms(), 0, room)).catch(() => this.#noted.delete(room))
  }
}
