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
  title: 'Say that somebody is here',
  description:
    'They are in the room’s list of people, for everybody, until `expiresAt`: say it again before that. `typing` is shown for six seconds, or until they say something. `offline` ends it at once; who is also here by a connection stays here by that.',
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

  async answer({ userId, status, roomId }, asker, parts) {
    const { presence, store, restStatusMs } = parts
    const user = await senderOf(userId, asker, parts)
    await requireRoomAccess(roomId, asker, parts)
    await enforceRate(`status:${user.id}`, parts.appends, parts)
    const said = { userId: senderIdOf(user), roomId, status }
    if (status === 'offline') {
      await presence.clear(roomId, user)
      return said
    }
    await presence.set(roomId, user, { typing: status === 'typing', ttlMs: restStatusMs })
    return { ...said, expiresAt: new Date(store.now() + restStatusMs).toISOString() }
  },
})
