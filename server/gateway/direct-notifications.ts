import type { User } from '../../protocol/people.ts'
import { directPeople } from '../../protocol/room.ts'
import type { Io } from './socket.ts'
import { roomStream, userChannel } from './socket-rooms.ts'

/** Notifies the partner in a direct room of new activity, on those connections that have not joined the room. */
export function notifyPartner(io: Io, room: string, by: User): void {
  const partner = partnerOf(room, by)
  if (partner) io.to(userChannel(partner)).except(roomStream(room)).emit('direct:news', { room, by })
}

export const partnerOf = (room: string, user: User): string | undefined =>
  directPeople(room)?.find((id) => id !== user.id)
