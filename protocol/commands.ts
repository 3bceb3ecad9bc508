import { z } from 'zod'
import { ClientId, Entry, Epoch, Seq } from './entry.ts'
import { HISTORY_MAX_MESSAGES, MEMBERS_PAGE, ROOM_LIST_PAGE, ROOM_QUERY_MAX_CHARS } from './limits.ts'
import { Member, Status, User, UserId } from './people.ts'
import { RoomName } from './room.ts'
import { ClusterStats } from './stats.ts'
import { Emoji, Text } from './text.ts'

const room = RoomName
const epoch = Epoch.optional()
const clientId = ClientId.optional()
const empty = z.strictObject({})
/** A seq that one has seen, 0 for none yet. */
const seqOrZero = z.int('must be a whole number').min(0, 'must be 0 or more')
const limitUpTo = (most: number) =>
  z.int('must be a whole number').min(1, 'must be 1 or more').max(most, `must be at most ${most}`)

export const Presence = z.object({ members: z.array(Member), online: z.number(), version: z.number() })

export const History = z.object({
  epoch: Epoch,
  head: seqOrZero,
  entries: z.array(Entry),
  /** There are further entries in the direction that was read. */
  more: z.boolean(),
  /** Entries after `after` are gone for good: trimmed, or of another epoch. */
  truncated: z.boolean(),
})
export type History = z.infer<typeof History>

export const RoomSummary = z.object({
  room,
  online: z.number(),
  head: seqOrZero,
  /** The last seq that the asker has read, by receipt:set. */
  read: seqOrZero,
  unread: z.number(),
  /** The newest message. */
  last: Entry.optional(),
  /** Feature `direct`. Of a direct room: the other one, while they are remembered. */
  with: User.optional(),
  /** Feature `rooms`, in lists that were asked for with `order` or `query`: the log's epoch, '' without a log. */
  epoch: z.string().optional(),
  /** Feature `rooms`, likewise: messages ever sent in this epoch; `unread` grows by as much as this does. */
  messages: z.number().optional(),
})
export type RoomSummary = z.infer<typeof RoomSummary>

/** A summary in the event `rooms`; those of public rooms leave out what the reader has read, and go to all alike. */
export const RoomChange = RoomSummary.partial({ read: true, unread: true })
export type RoomChange = z.infer<typeof RoomChange>

/** Where a page of rooms ended: give it back as `after`, in the same order. */
const RoomCursor = z.string().regex(/^[a-z0-9][a-z0-9:_-]{0,80}$/, 'must be the "next" of the page before')

/**
 * Every command: what goes in, what comes back. The validator, the handlers' types and the clients' types are
 * inferred from here. `appends` marks those that write to a log, which have a rate of their own.
 */
export const commands = {
  'room:join': {
    input: z.strictObject({ room, after: seqOrZero.optional(), epoch }),
    output: z.object({ room, ...History.shape, ...Presence.shape }),
  },
  'room:leave': { input: z.strictObject({ room }), output: empty },
  'members:read': {
    input: z.strictObject({ room, after: UserId.optional(), limit: limitUpTo(MEMBERS_PAGE).optional() }),
    output: z.object({ ...Presence.shape, next: UserId.optional() }),
  },
  'message:send': {
    appends: true,
    input: z.strictObject({ room, text: Text, clientId: ClientId, replyTo: Seq.optional(), epoch }),
    output: Entry,
  },
  'message:edit': {
    appends: true,
    input: z.strictObject({ room, seq: Seq, text: Text, clientId, epoch }),
    output: Entry,
  },
  'message:delete': { appends: true, input: z.strictObject({ room, seq: Seq, clientId, epoch }), output: Entry },
  'message:react': {
    appends: true,
    input: z.strictObject({ room, seq: Seq, emoji: Emoji, on: z.boolean(), clientId, epoch }),
    output: Entry,
  },
  'history:read': {
    input: z
      .strictObject({
        room,
        before: Seq.optional(),
        after: seqOrZero.optional(),
        limit: limitUpTo(HISTORY_MAX_MESSAGES).optional(),
        epoch,
      })
      .refine((range) => range.before === undefined || range.after === undefined, {
        error: 'Give before or after, not both.',
      }),
    output: History,
  },
  'typing:set': { input: z.strictObject({ room, typing: z.boolean() }), output: empty },
  'status:set': { input: z.strictObject({ status: Status }), output: empty },
  'receipt:set': { input: z.strictObject({ room, seq: Seq, epoch }), output: empty },
  'room:list': {
    input: z.strictObject({
      after: RoomCursor.optional(),
      limit: limitUpTo(ROOM_LIST_PAGE).optional(),
      /**
       * Feature `rooms`: by name, or the most recently active first. A list that is asked for with `order` or `query`
       * makes this connection a watcher: it receives `rooms` from then on.
       */
      order: z.enum(['name', 'activity']).optional(),
      /** Feature `rooms`: part of a room's name, or of the name of the other person of a direct room. */
      query: z.string().max(ROOM_QUERY_MAX_CHARS, `must be at most ${ROOM_QUERY_MAX_CHARS} characters`).optional(),
    }),
    output: z.object({ rooms: z.array(RoomSummary), next: RoomCursor.optional() }),
  },
  'direct:open': { input: z.strictObject({ user: UserId }), output: z.object({ room }) },
  /**
   * Wait for a stranger: first come, first served. Asked again, one keeps one's place in line, or is told match:found
   * again by this connection: so a page that was reloaded finds its way back. For another stranger, leave first. One
   * waits for as long as a connection that asked is there, and asks again on a new one.
   */
  'match:find': { input: empty, output: empty },
  /** Wait no more; or end the pair for both, on all of one's connections. Whoever has neither is answered the same. */
  'match:leave': { input: empty, output: empty },
  'stats:get': { input: empty, output: ClusterStats },
  ping: { input: empty, output: z.object({ serverTime: z.number() }) },
} as const satisfies Record<string, Command>

interface Command {
  readonly input: z.ZodType
  readonly output: z.ZodType
  readonly appends?: true
}

export type CommandName = keyof typeof commands
export type Input<C extends CommandName> = z.infer<(typeof commands)[C]['input']>
export type Output<C extends CommandName> = z.infer<(typeof commands)[C]['output']>
