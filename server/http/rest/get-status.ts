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
  title: 'Is somebody here?',
  description:
    'Whether somebody is in a room, by whatever door they came. Nobody is remembered for having been here: who is not here is `offline`, also when never heard of.',
  input: z.strictObject({ userId: UserOrSenderId, roomId: RoomId }),
  value: z
    .object({
      userId: z.string(),
      roomId: RoomName,
      status: z.enum(['online', 'offline', 'typing']),
      presence: Status.optional().meta({ description: 'What they say of themselves, while they are here.' }),
      name: z.string().optional().meta({ description: 'While they are here.' }),
    })
    .meta({ id: 'GotStatus' }),
  status: 200,
  faults: ['not_admitted', 'reserved_room'],

  async answer({ userId, roomId }, asker, parts) {
    await requireRoomAccess(roomId, asker, parts)
    const { store, presence } = parts
    const member = (await byId(store.roster, roomId, userId)) ?? (await find(store.roster, roomId, guestOf(userId).id))
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

async function byId(roster: Roster, room: string, id: string): Promise<Member | undefined> {
  if (UserId.safeParse(id).success && !isGuestId(id)) return find(roster, room, id)
}

/** A page of one that begins with them: `~` comes behind everything that an id may hold. */
async function find(roster: Roster, room: string, id: string): Promise<Member | undefined> {
  const before = `${id.slice(0, -1)}${String.fromCharCode(id.charCodeAt(id.length - 1) - 1)}~`
  const { members } = await roster.here(room, { after: before, limit: 1 })
  return members.find((member) => member.id === id)
}
