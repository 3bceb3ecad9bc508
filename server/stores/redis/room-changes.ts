import { randomBytes } from 'node:crypto'
import { ROOM_CHANGES_GATHER_MS } from '../../../protocol/limits.ts'
import { isMatch } from '../../../protocol/room.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { changesSince, noteChanges } from './scripts/rooms.ts'

/** Maximum number of names per script run, so that none blocks other commands for long. */
const AT_ONCE = 1_000

/**
 * Which rooms have changed, in the order of their latest change. A node writes the names of the rooms that it changed,
 * at most every ROOM_CHANGES_GATHER_MS and each once; nodes whose users watch the room list read the new ones. So no
 * node receives the messages of rooms that it does not host.
 */
export class RoomChanges {
  readonly #noted = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
  ) {}

  /** Call after a room has changed. */
  note(room: string): void {
    if (isMatch(room)) return
    this.#noted.add(room)
    this.#timer ??= setTimeout(() => void this.#flush().catch(() => {}), ROOM_CHANGES_GATHER_MS)
  }

  async since(since?: string): Promise<{ rooms?: string[]; next: string }> {
    await this.#flush()
    const [epoch, number, complete, rooms] = (await this.db.run(
      changesSince,
      [this.keys.changedRooms(), this.keys.changeCounter()],
      since?.split(' ') ?? ['none', ''],
    )) as [epoch: string, number: string, complete: number, rooms: string[]]
    return { next: `${epoch} ${number}`, ...(complete === 1 && { rooms }) }
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const rooms = [...this.#noted]
    this.#noted.clear()
    const { db, keys } = this
    const at = [keys.changedRooms(), keys.changeCounter()]
    for (let i = 0; i < rooms.length; i += AT_ONCE) {
      try {
        await db.run(noteChanges, at, [randomBytes(9).toString('base64url'), ...rooms.slice(i, i + AT_ONCE)])
      } catch (error) {
        for (const room of rooms.slice(i)) this.note(room)
        throw error
      }
    }
  }
}
