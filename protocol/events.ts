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
    /** For the next connection; present when this one was made by name. */
    token: z.string().optional(),
    wire: z.literal(WIRE_VERSION),
    features: z.array(z.string()),
  }),
  /** The room's stream: in seq order, without a hole, each entry once. */
  entries: z.object({ room, epoch: Epoch, entries: z.array(Entry) }),
  /** This connection's stream of the room has ended here: join again with `after`. */
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
  /** Who types among one node's people, whole, replacing what that node said before. */
  typing: z.object({ room, node: z.string(), users: z.array(User), count: z.number(), forMs: z.number() }),
  receipts: z.object({ room, receipts: z.array(z.object({ user: UserId, seq: Seq })) }),
  /**
   * The two of you are a pair: join `room` to talk. It is a room like others, for you two alone, whose log holds the
   * newest MATCH_LOG_ENTRIES. The pair holds while each of you has a connection that asked for a stranger, or joined
   * the room; one that was lost may come back within DEPARTURE_GRACE_MS, and join again.
   * To leave the room ends nothing; match:leave does.
   */
  'match:found': z.object({ room, stranger: User }),
  /** The pair is over, its log deleted; this connection has left the room. Look again with match:find. */
  'match:ended': z.object({ room }),
  /** This node is leaving; reconnect within that time. */
  drain: z.object({ retryInMs: z.number() }),
  /** Feature `store`. The store is away: what appends is refused for now, and nothing new is heard; or it is back. */
  store: z.object({ away: z.boolean() }),
  /**
   * Feature `direct`. The other one of a direct room opened it, or said something there, and this connection is not in
   * it: join it to hear them. News, not a record: who misses it finds the room by room:list.
   */
  'direct:news': z.object({ room, by: User }),
  /**
   * Feature `rooms`, to connections that asked for a list with `order` or `query`: what changed in the list, gathered
   * for ROOMS_PUSH_MS or more; each summary replaces the one before. `removed`: rooms that are empty now. `stale`: this
   * connection read too slowly and receives no more of these; ask for the list again.
   */
  rooms: z.object({ changed: z.array(RoomChange), removed: z.array(RoomName), stale: z.literal(true).optional() }),
} as const satisfies Record<string, z.ZodType>

export type EventName = keyof typeof events
export type Payload<E extends EventName> = z.infer<(typeof events)[E]>
