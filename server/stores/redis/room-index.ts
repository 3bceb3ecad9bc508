import { isDirect, isMatch } from '../../../protocol/room.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { RoomChanges } from './room-changes.ts'

/** Rooms that this process remembers to have noted, at most. */
const NOTED_MAX = 50_000

/** The list of public rooms. Being on it is a hint: whoever lists rooms looks whether there is anything in them. */
export class RoomIndex {
  readonly changes: RoomChanges
  readonly #noted = new Set<string>()

  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
  ) {
    this.changes = new RoomChanges(db, keys)
    // The store may have lost it.
    db.redis.on('close', () => this.#noted.clear())
  }

  /** Before something happens in a room: costs a command the first time. */
  note(room: string): void {
    if (!this.#noted.has(room)) this.add(room)
  }

  /** After something began in a room: a lister who saw it empty may have taken it off. */
  add(room: string): void {
    if (isDirect(room) || isMatch(room)) return
    if (this.#noted.size >= NOTED_MAX) this.#noted.clear()
    this.#noted.add(room)
    this.db.call((redis) => redis.zadd(this.keys.publicRooms(), 0, room)).catch(() => this.#noted.delete(room))
  }
}
