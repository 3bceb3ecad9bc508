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
/** A seq, or 0 for none yet. */
const seqOrZero = z.int('must be a whole number').min(0, 'must be 0 or more')
const limitUpTo = (most: number) =>
  z.int('must be a whole number').min(1, 'must be 1 or more').max(most, `must be at most ${most}`)

export const Presence = z.object({ members: z.array(Member), online: z.number(), version: z.number() })

export const History = z.object({
  epoch: Epoch,
  head: seqOrZero,
  entries: z.array(Entry),
  /** Whether there are further entries in the direction of reading. */
  more: z.boolean(),
  /** Entries after `after` are lost: trimmed, or of another epoch. */
  truncated: z.boolean(),
})
export type History = z.infer<typeof History>

export const RoomSummary = z.object({
  room,
  online: z.number(),
  head: seqOrZero,
  /** The last seq that the requesting user has read, by receipt:set. */
  read: seqOrZero,
  unread: z.number(),
  /** The newest message. */
  last: Entry.optional(),
  /** Feature `direct`. In a direct room: the other user, while they are registered. */
  with: User.optional(),
  /** Feature `rooms`, in lists requested with `order` or `query`: the log's epoch, '' without a log. */
  epoch: z.string().optional(),
  /** Feature `rooms`, likewise: messages ever sent in this epoch; `unread` grows by as much as this does. */
  messages: z.number().optional(),
})
export type RoomSummary = z.infer<typeof RoomSummary>

/** A summary in the event `rooms`. Those of public rooms omit `read` and `unread`, and are the same for all users. */
export const RoomChange = RoomSummary.partial({ read: true, unread: true })
export type RoomChange = z.infer<typeof RoomChange>

/** The cursor of the next page of rooms: pass it as `after` with the same order. */
const RoomCursor = z.string().regex(/^[a-z0-9][a-z0-9:_-]{0,80}$/, 'must be the "next" of the page before')

/**
 * The input and output schemas of every command. Validation and the types of handlers and clients are inferred from
 * them. `appends` marks commands that write to a log; these have a separate rate limit.
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
   * Waits for a match, first come, first served. A repeated call keeps the place in the queue, or sends match:found to
   * this connection again, so that a reloaded page recovers its match. Send match:leave before a search for another match.
   * The user waits while a connection that sent match:find is open; send it again on a new connection.
   */
  'match:find': { input: empty, output: empty },
  /** Stops waiting, or ends the match for both users, on all of the user's connections. Otherwise a no-op. */
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
