import { z } from 'zod'
import { User } from './people.ts'
import { RoomName } from './room.ts'
import { Emoji, Text } from './text.ts'

/** Chosen by the sender, once per thing to be said; a retry carries the same one and is answered with the same entry. */
export const ClientId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1–64 of A–Z, a–z, 0–9, underscore and hyphen')

/** The number of an entry in its room's log: 1, 2, 3 … without a hole. */
export const Seq = z.int('must be a whole number').min(1, 'must be 1 or more')

/** The random name of one life of a log. */
export const Epoch = z.string().min(1).max(64)

export const Entry = z.object({
  seq: Seq,
  kind: z.enum(['message', 'edit', 'delete', 'reaction']),
  room: RoomName,
  /** Unix milliseconds on the store's clock; never steps back within a room. */
  at: z.number(),
  by: User,
  clientId: ClientId.optional(),
  /** When its sender says that it was written, in Unix milliseconds; of messages that came by REST with a `timestamp`. */
  sentAt: z.number().optional(),
  /** Of a message or an edit, unless `deleted`. */
  text: Text.optional(),
  /** The message that an edit, a deletion or a reaction is about. */
  target: Seq.optional(),
  emoji: Emoji.optional(),
  /** A reaction put on (true) or taken off (false). */
  on: z.boolean().optional(),
  /** The message that this message answers. */
  replyTo: Seq.optional(),
  /** The text is gone for good; the number stays. */
  deleted: z.literal(true).optional(),
})
export type Entry = z.infer<typeof Entry>
export type EntryKind = Entry['kind']
