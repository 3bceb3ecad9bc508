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
  title: 'Send a message',
  description:
    'Delivers the message to everyone in the room at once, whichever protocol they use. A 201 response means that the message is stored and its position in the room is final.',
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

  async answer({ message, senderId, timestamp: sentAt, roomId, clientId }, requester, deps) {
    const { store, peers, poster } = deps
    const overloaded = poster.overloaded()
    if (overloaded) throw overloaded
    const by = await senderOf(senderId, requester, deps)
    await requireRoomAccess(roomId, requester, deps)
    const address = peers.network(requester.req)
    const key = clientId ?? peers.requestId(requester.req) ?? `rest-${randomBytes(12).toString('hex')}`
    const draft = { kind: 'message', by, text: message, clientId: key, sentAt } as const
    const isNewRoom = async () => (await store.log.read(roomId, { messages: 1, entries: 1 })).head === 0
    const creator = requester.user?.id ?? address
    const { entry } = await poster.post(roomId, draft, { way: 'rest', address, creator, isNewRoom, confirm: true })
    if (entry.kind !== 'message' || (entry.text !== message && !entry.deleted)) {
      throw new FaultError(
        'client_id_used',
        `clientId ${key} was already used for another message. Use a new one for each message.`,
      )
    }
    return messageOf(entry)
  },
})
