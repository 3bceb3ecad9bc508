import { z } from 'zod'
import { User } from './people.ts'
import { RoomName } from './room.ts'
import { Emoji, Text } from './text.ts'

/** An idempotency key chosen by the sender, one per entry; a retry with the same key returns the same entry. */
export const ClientId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1–64 of A–Z, a–z, 0–9, underscore and hyphen')

/** The number of an entry in its room's log: 1, 2, 3 … without gaps. */
export const Seq = z.int('must be a whole number').min(1, 'must be 1 or more')

/** A random id of a log; it changes when the log is lost or loses entries. */
export const Epoch = z.string().min(1).max(64)

export const Entry = z.object({
  seq: Seq,
  kind: z.enum(['message', 'edit', 'delete', 'reaction']),
  room: RoomName,
  /** Unix milliseconds on the store's clock; never steps back within a room. */
  at: z.number(),
  by: User,
  clientId: ClientId.optional(),
  /** When the message was written according to its sender, Unix milliseconds. Only for REST messages with a `timestamp`. */
  sentAt: z.number().optional(),
  /** Present in messages and edits unless `deleted`. */
  text: Text.optional(),
  /** The seq of the message that an edit, a deletion or a reaction refers to. */
  target: Seq.optional(),
  emoji: Emoji.optional(),
  /** A reaction put on (true) or taken off (false). */
  on: z.boolean().optional(),
  /** The message that this message answers. */
  replyTo: Seq.optional(),
  /** The text was permanently removed; the seq is kept. */
  deleted: z.literal(true).optional(),
})
export type Entry = z.infer<typeof Entry>
export type EntryKind = Entry['kind']
