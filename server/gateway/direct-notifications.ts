import type { User } from '../../protocol/people.ts'
import { directPeople } from '../../protocol/room.ts'
import type { Io } from './socket.ts'
import { channelOf, streamOf } from './socket-rooms.ts'

/** Tells the other one of a direct room that there is something for them, on those of their connections that are not in it. */
export function notifyOther(io: Io, room: string, by: User): void {
  const other = otherOf(room, by)
  if (other) io.to(channelOf(other)).except(streamOf(room)).emit('direct:news', { room, by })
}

export const otherOf = (room: string, user: User): string | undefined =>
  directPeople(room)?.find((id) => id !== user.id)
