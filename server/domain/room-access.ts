import type { User } from '../../protocol/people.ts'
import { directPeople, directRoom, isDirect, isMatch } from '../../protocol/room.ts'
import { FaultError } from './fault-error.ts'
import type { RoomDirectoryStore, UserDirectory } from './ports.ts'

/**
 * Resolves if the user may join the room: any public room, an open direct room of theirs, or the room of their current
 * match. Otherwise rejects with `reserved_room` or `not_admitted`.
 */
export async function admit(
  user: User,
  room: string,
  { rooms, isInMatch }: { rooms: RoomDirectoryStore; isInMatch(match: string): Promise<boolean> },
): Promise<void> {
  if (isMatch(room)) {
    if (await isInMatch(room)) return
    throw new FaultError(
      'reserved_room',
      'Rooms of two strangers come about by match:find alone, and end with the pair.',
    )
  }
  if (!isDirect(room)) return
  const userIds = directPeople(room)
  if (userIds && !userIds.includes(user.id))
    throw new FaultError('not_admitted', 'A direct room admits its two people only.')
  if (!userIds || !(await rooms.isDirectOpen(room, user.id))) {
    throw new FaultError('reserved_room', 'Direct rooms come about by direct:open alone.')
  }
}

/** Opens the direct room of two users; `isNew` is false if it was open already. */
export async function openDirect(
  user: User,
  other: string,
  store: { users: UserDirectory; rooms: RoomDirectoryStore },
): Promise<{ room: string; isNew: boolean }> {
  if (other === user.id) throw new FaultError('bad_input', 'user: is yourself; a direct room is for two.')
  if (!(await store.users.find(other)))
    throw new FaultError('no_such_user', `Nobody with the id ${other} was here lately.`)
  const room = directRoom(user.id, other)
  return { room, isNew: await store.rooms.openDirect(room, [user.id, other]) }
}
