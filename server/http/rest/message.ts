import { z } from 'zod'
import { ClientId, type Entry, Seq } from '../../../protocol/entry.ts'
import { RoomName } from '../../../protocol/room.ts'
import { senderIdOf } from './guest.ts'

const Time = z.iso.datetime()

/** A message in REST responses. */
export const Message = z
  .object({
    roomId: RoomName,
    seq: Seq.meta({
      description: 'Sequence number in the room’s log: 1, 2, 3 …; edits, deletions and reactions take numbers, too.',
    }),
    senderId: z
      .string()
      .meta({ description: 'The senderId of the request; for users of another protocol, their user id.' }),
    senderName: z.string(),
    message: z.string().meta({
      description: 'Message text, with the edits up to the end of this page; empty if the message was deleted.',
    }),
    timestamp: Time.meta({
      description: 'When the message was stored, by the store’s clock; `since` is compared with it.',
    }),
    sentAt: Time.optional().meta({ description: 'The `timestamp` of the request.' }),
    clientId: ClientId.optional(),
    replyTo: Seq.optional().meta({ description: 'Sequence number of the message that this one replies to.' }),
    editedAt: Time.optional(),
    deleted: z.literal(true).optional(),
  })
  .meta({ id: 'Message' })
export type Message = z.infer<typeof Message>

export function messageOf({ room, seq, by, text = '', at, sentAt, clientId, replyTo, deleted }: Entry): Message {
  return {
    roomId: room,
    seq,
    senderId: senderIdOf(by),
    senderName: by.name,
    message: text,
    timestamp: iso(at),
    ...(sentAt !== undefined && { sentAt: iso(sentAt) }),
    ...(clientId !== undefined && { clientId }),
    ...(replyTo !== undefined && { replyTo }),
    ...(deleted && { deleted }),
  }
}

/** The messages among `entries`, with the edits among `entries` applied. */
export function messagesIn(entries: readonly Entry[]): Message[] {
  const messages = new Map<number, Message>()
  for (const entry of entries) {
    if (entry.kind === 'message') messages.set(entry.seq, messageOf(entry))
    const edited = entry.kind === 'edit' && !entry.deleted ? messages.get(entry.target ?? 0) : undefined
    if (edited && entry.text !== undefined) Object.assign(edited, { message: entry.text, editedAt: iso(entry.at) })
  }
  return [...messages.values()]
}

const iso = (ms: number): string => new Date(ms).toISOString()
