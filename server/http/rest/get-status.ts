import { z } from 'zod'
import { type Member, Status, UserId } from '../../../protocol/people.ts'
import { RoomName } from '../../../protocol/room.ts'
import type { Roster } from '../../domain/ports.ts'
import { endpoint } from './endpoint.ts'
import { RoomId, UserOrSenderId } from './fields.ts'
import { guestOf, isGuestId, senderIdOf } from './guest.ts'
import { requireRoomAccess } from './sender.ts'

export const getStatus = endpoint({
  method: 'get',
  path: '/getStatus',
  title: 'Get a user’s status',
  description:
    'Returns whether a user is in a room, whichever protocol they use. There is no record of past presence: a user who is not in the room, or who does not exist, is `offline`.',
  input: z.strictObject({ userId: UserOrSenderId, roomId: RoomId }),
  value: z
    .object({
      userId: z.string(),
      roomId: RoomName,
      status: z.enum(['online', 'offline', 'typing']),
      presence: Status.optional().meta({
        description: 'The status that the user set; absent while they are not in the room.',
      }),
      name: z.string().optional().meta({ description: 'Absent while the user is not in the room.' }),
    })
    .meta({ id: 'GotStatus' }),
  status: 200,
  faults: ['not_admitted', 'reserved_room'],

  async answer({ userId, roomId }, requester, deps) {
    await requireRoomAccess(roomId, requester, deps)
    const { store, presence } = deps
    const member =
      (await findById(store.roster, roomId, userId)) ?? (await findMember(store.roster, roomId, guestOf(userId).id))
    if (!member) return { userId, roomId, status: 'offline' as const }
    const typing = await presence.isTyping(roomId, member)
    const { name, status } = member
    return {
      userId: senderIdOf(member),
      roomId,
      status: typing ? ('typing' as const) : ('online' as const),
      presence: status,
      name,
    }
  },
})

async function findById(roster: Roster, room: string, id: string): Promise<Member | undefined> {
  if (UserId.safeParse(id).success && !isGuestId(id)) return findMember(roster, room, id)
}

/** Reads a page of one member that starts at `id`: `~` sorts after every character of an id. */
async function findMember(roster: Roster, room: string, id: string): Promise<Member | undefined> {
  const before = `${id.slice(0, -1)}${String.fromCharCode(id.charCodeAt(id.length - 1) - 1)}~`
  const { members } = await roster.list(room, { after: before, limit: 1 })
  return members.find((member) => member.id === id)
}
