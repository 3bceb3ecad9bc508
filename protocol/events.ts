import { z } from 'zod'
import { RoomChange } from './commands.ts'
import { Entry, Epoch, Seq } from './entry.ts'
import { WIRE_VERSION } from './limits.ts'
import { Member, User, UserId } from './people.ts'
import { RoomName } from './room.ts'

const room = RoomName

/** Additions to the wire since its first form, as `session.features` lists them. */
export const FEATURES = ['store', 'direct', 'rooms'] as const

/** Every event that a node sends. */
export const events = {
  /** The first event on every connection. */
  session: z.object({
    user: User,
    node: z.string(),
    /** The token for later connections; present if this connection signed in with a name. */
    token: z.string().optional(),
    wire: z.literal(WIRE_VERSION),
    features: z.array(z.string()),
  }),
  /** The room's stream: each entry exactly once, in seq order, without gaps. */
  entries: z.object({ room, epoch: Epoch, entries: z.array(Entry) }),
  /** This connection's stream of the room has ended: join again with `after`. */
  'room:stale': z.object({ room }),
  /**
   * What changed since `version - 1`; a room of more than 200 sends `online` alone. `joined` and `changed` are upserts by
   * id: a member in either may be known already or not, since a snapshot can be newer than the diffs before it.
   */
  presence: z.object({
    room,
    version: z.number(),
    joined: z.array(Member),
    left: z.array(UserId),
    changed: z.array(Member),
    online: z.number(),
  }),
  /** The users of one node who are typing; replaces the previous list of that node. */
  typing: z.object({ room, node: z.string(), users: z.array(User), count: z.number(), forMs: z.number() }),
  receipts: z.object({ room, receipts: z.array(z.object({ user: UserId, seq: Seq })) }),
  /**
   * The user was matched with `stranger`: join `room` to chat. Only these two users may join it, and its log keeps the
   * newest MATCH_LOG_ENTRIES entries. The match lasts while each user has a connection that sent match:find or joined the
   * room; a lost connection may be replaced within DEPARTURE_GRACE_MS by joining again. Leaving the room does not end the
   * match; match:leave does.
   */
  'match:found': z.object({ room, stranger: User }),
  /** The match has ended and its log is deleted; this connection has left the room. match:find starts a new search. */
  'match:ended': z.object({ room }),
  /** This node is draining; reconnect within `retryInMs`. */
  drain: z.object({ retryInMs: z.number() }),
  /** Feature `store`. The store became unavailable (appends are rejected, no new entries arrive) or available again. */
  store: z.object({ away: z.boolean() }),
  /**
   * Feature `direct`. The other user opened a direct room or sent a message to it, and this connection has not joined it:
   * join it to receive the entries. Not stored: clients that miss this event find the room by room:list.
   */
  'direct:news': z.object({ room, by: User }),
  /**
   * Feature `rooms`, to connections that requested a list with `order` or `query`: changes of the list, batched for
   * ROOMS_PUSH_MS or more; each summary replaces the previous one. `removed`: rooms that are empty now. `stale`: this
   * connection read too slowly and receives no more of these; ask for the list again.
   */
  rooms: z.object({ changed: z.array(RoomChange), removed: z.array(RoomName), stale: z.literal(true).optional() }),
} as const satisfies Record<string, z.ZodType>

export type EventName = keyof typeof events
export type Payload<E extends EventName> = z.infer<(typeof events)[E]>
