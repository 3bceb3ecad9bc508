import type { LocalPresence } from '../../domain/local-presence.ts'
import type { Connection } from '../connection.ts'
import { roomStream } from '../socket-rooms.ts'
import type { Typing } from '../typing.ts'
import type { RoomRegistry } from './room-registry.ts'

/** Removes connections from rooms. */
export class RoomLeaver {
  constructor(private readonly deps: { roomRegistry: RoomRegistry; localPresence: LocalPresence; typing: Typing }) {}

  /** Leaves immediately. Resolves when the roster is updated. */
  leave(room: string, connection: Connection): Promise<void> {
    const { roomRegistry, localPresence, typing } = this.deps
    connection.socket.leave(roomStream(room))
    connection.rooms.delete(room)
    roomRegistry.release(room, connection)
    typing.set(room, connection, false)
    return localPresence.leave(room, connection.user, connection.id)
  }

  /** Leaves after pending joins and leaves of the room are done and batched entries have been sent. */
  async leaveAfterPending(room: string, connection: Connection): Promise<void> {
    await connection.membershipChanged(room)
    const hosted = connection.rooms.get(room)
    if (!hosted) return
    hosted.flush()
    void this.leave(room, connection)
  }
}
