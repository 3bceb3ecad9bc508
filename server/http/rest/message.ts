import { z } from 'zod'
import { ClientId, type Entry, Seq } from '../../../protocol/entry.ts'
import { RoomName } from '../../../protocol/room.ts'
import { senderIdOf } from './guest.ts'

const moment = z.iso.datetime()

/** A message as this door tells it. */
export const Message = z
  .object({
    roomId: RoomName,
    seq: Seq.meta({
      description: 'Its number in the room’s log: 1, 2, 3 …, shared with edits, deletions and reactions.',
    }),
    senderId: z.string().meta({ description: 'As its sender gave it; of somebody from another door, their user id.' }),
    senderName: z.string(),
    message: z
      .string()
      .meta({ description: 'What was said, as edited up to the end of this page; empty when it was deleted.' }),
    timestamp: moment.meta({ description: 'When it was stored, by the store’s clock: what `since` is compared with.' }),
    sentAt: moment.optional().meta({ description: 'The `timestamp` that its sender gave.' }),
    clientId: ClientId.optional(),
    replyTo: Seq.optional().meta({ description: 'The message that this one answers.' }),
    editedAt: moment.optional(),
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

/** The messages among some entries, with the edits among them made. */
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
