import type { LocalPresence } from '../../domain/local-presence.ts'
import type { Connection } from '../connection.ts'
import { streamOf } from '../socket-rooms.ts'
import type { Typing } from '../typing.ts'
import type { RoomRegistry } from './room-registry.ts'

/** How a connection gets out of a room. */
export class RoomLeaver {
  constructor(private readonly parts: { hosting: RoomRegistry; attendance: LocalPresence; typing: Typing }) {}

  /** At once; resolves when the roster knows. */
  leave(room: string, connection: Connection): Promise<void> {
    const { hosting, attendance, typing } = this.parts
    connection.socket.leave(streamOf(room))
    connection.rooms.delete(room)
    hosting.release(room, connection)
    typing.set(room, connection, false)
    return attendance.leave(room, connection.user, connection.id)
  }

  /** After what it is about to do in the room, and with the last words that were said there. */
  async dismiss(room: string, connection: Connection): Promise<void> {
    await connection.settled(room)
    const hosted = connection.rooms.get(room)
    if (!hosted) return
    hosted.flush()
    void this.leave(room, connection)
  }
}
