import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { FaultError } from '../../domain/fault-error.ts'
import { endpoint } from './endpoint.ts'
import { IdempotencyKey, MessageText, RoomId, SenderId, Timestamp } from './fields.ts'
import { Message, messageOf } from './message.ts'
import { requireRoomAccess, senderOf } from './sender.ts'

const HEADER = 'Idempotency-Key'

export const sendMessage = endpoint({
  method: 'post',
  path: '/sendMessage',
  title: 'Say something in a room',
  description:
    'Everybody in the room hears it at once, by whatever door they came. When it is answered with 201 it is stored, and stays in the room’s order.',
  input: z.strictObject({
    message: MessageText,
    senderId: SenderId,
    timestamp: Timestamp,
    roomId: RoomId,
    clientId: IdempotencyKey,
  }),
  headers: { clientId: HEADER },
  value: Message,
  status: 201,
  faults: ['sender_mismatch', 'not_admitted', 'reserved_room', 'client_id_used', 'too_large', 'unsupported_type'],

  async answer({ message, senderId, timestamp: sentAt, roomId, clientId }, asker, parts) {
    const { store, peers, poster } = parts
    const overloaded = poster.overloaded()
    if (overloaded) throw overloaded
    const by = await senderOf(senderId, asker, parts)
    await requireRoomAccess(roomId, asker, parts)
    const address = peers.network(asker.req)
    const key = clientId ?? peers.requestId(asker.req) ?? `rest-${randomBytes(12).toString('hex')}`
    const draft = { kind: 'message', by, text: message, clientId: key, sentAt } as const
    const isNewRoom = async () => (await store.log.read(roomId, { messages: 1, entries: 1 })).head === 0
    const creator = asker.user?.id ?? address
    const { entry } = await poster.post(roomId, draft, { way: 'rest', address, creator, isNewRoom, confirm: true })
    if (entry.kind !== 'message' || (entry.text !== message && !entry.deleted)) {
      throw new FaultError('client_id_used', `${key} was sent with another message. Choose a new one for each message.`)
    }
    return messageOf(entry)
  },
})
