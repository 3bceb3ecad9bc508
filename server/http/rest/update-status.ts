import { z } from 'zod'
import { RoomName } from '../../../protocol/room.ts'
import { endpoint } from './endpoint.ts'
import { RoomId, UserOrSenderId } from './fields.ts'
import { senderIdOf } from './guest.ts'
import { enforceRate, requireRoomAccess, senderOf } from './sender.ts'

const SettableStatus = z
  .enum(['online', 'offline', 'typing'], {
    error: ({ input }) => `${input === undefined ? 'is missing; it ' : ''}must be online, offline or typing`,
  })
  .meta({ examples: ['online'] })

export const updateStatus = endpoint({
  method: 'post',
  path: '/updateStatus',
  title: 'Set a user’s status',
  description:
    'Shows the user in the room’s member list until `expiresAt`; repeat the request before then to stay online. `typing` is shown for six seconds, or until the user sends a message. `offline` removes the user at once, unless they also have a connection to the room.',
  input: z.strictObject({ userId: UserOrSenderId, status: SettableStatus, roomId: RoomId }),
  value: z
    .object({
      userId: z.string(),
      roomId: RoomName,
      status: SettableStatus,
      expiresAt: z.iso.datetime().optional().meta({ description: 'By the store’s clock. Absent with `offline`.' }),
    })
    .meta({ id: 'SetStatus' }),
  status: 200,
  faults: ['sender_mismatch', 'not_admitted', 'reserved_room', 'too_large', 'unsupported_type'],

  async answer({ userId, status, roomId }, requester, deps) {
    const { presence, store, restStatusMs } = deps
    const user = await senderOf(userId, requester, deps)
    await requireRoomAccess(roomId, requester, deps)
    await enforceRate(`status:${user.id}`, deps.appends, deps)
    const result = { userId: senderIdOf(user), roomId, status }
    if (status === 'offline') {
      await presence.clear(roomId, user)
      return result
    }
    await presence.set(roomId, user, { typing: status === 'typing', ttlMs: restStatusMs })
    return { ...result, expiresAt: new Date(store.now() + restStatusMs).toISOString() }
  },
})
