/** The numbers that two programs must agree on, each with its unit and its reason. */

export const WIRE_VERSION = 1

/** Characters are Unicode code points, as in JSON Schema's maxLength. */
export const TEXT_MAX_CHARS = 4_000
export const NAME_MAX_CHARS = 40
export const EMOJI_MAX_BYTES = 32

/** A deletion takes the text out of all edits in one step, which holds everybody up; 500 take some 6 ms. */
export const EDITS_PER_MESSAGE_MAX = 500
/**
 * Reaction entries of one message, put on or taken off. Past it nobody puts another one on; one that stands can be taken
 * off, so that a message has twice as many at most.
 */
export const REACTIONS_PER_MESSAGE_MAX = 1_000

/** A frame above this ends its connection: close code 1009 on WebSocket, 413 when polling. */
export const FRAME_MAX_BYTES = 100_000

/** The answer to room:join holds at most this many entries; `more` says that there are further ones. */
export const JOIN_PAGE_ENTRIES = 200
/** history:read counts messages; edits, deletions and reactions between them ride along. */
export const HISTORY_DEFAULT_MESSAGES = 50
export const HISTORY_MAX_MESSAGES = 200
/** However few messages it holds, a page ends here. */
export const PAGE_MAX_ENTRIES = 500

/**
 * The entries of a page are at most this many UTF-8 bytes as JSON, unless the page is a single entry: long texts make
 * short pages. 200 messages of 300 characters fit; a request of 60 bytes is not answered with half a megabyte.
 */
export const PAGE_MAX_BYTES = 128 * 1024

/** A pair of strangers has no past: its log holds this much, for whoever comes back, and goes with the pair. */
export const MATCH_LOG_ENTRIES = 100

export const MEMBERS_PAGE = 200
/** Up to this size a room's presence names who came and went; above it, `online` alone. */
export const NAMED_PRESENCE_MAX = 200
/** Receipts are sent in direct rooms and in rooms up to this size. */
export const RECEIPTS_ROOM_MAX = 50
export const ROOM_LIST_PAGE = 100
/** A part of a room's name, or of the name of the other person of a direct room. */
export const ROOM_QUERY_MAX_CHARS = 64
/** A connection that watches the list of rooms receives `rooms` at most this often, */
export const ROOMS_PUSH_MS = 1_000
/** and at most this many UTF-8 bytes of summaries of public rooms at a time, or a single one; the rest comes later. */
export const ROOMS_PUSH_MAX_BYTES = 8 * 1024
/** A node tells the others which rooms changed at most this often: half a push, so that a change is seen within 1.5 s. */
export const ROOM_CHANGES_GATHER_MS = 500
/** As often a node that has watchers reads all rooms: for changes that a node did not tell of, being killed or older. */
export const ROOMS_RELOAD_MS = 30_000
/** So many public rooms, the most recently active, can be listed by activity and searched by name. */
export const ROOMS_IN_DIRECTORY_MAX = 20_000

/** Typing: a reader forgets a node's typists after this long without a word. */
export const TYPING_FOR_MS = 6_000
/** A sender who goes on typing says so again at this pace: twice within TYPING_FOR_MS, so that one may be lost. */
export const TYPING_REPEAT_MS = 2_500
export const TYPING_NAMED_MAX = 5

/**
 * A node that freezes is noticed by its own clients after PING_INTERVAL_MS + PING_TIMEOUT_MS = 16 s, which leaves
 * 4 s of the promised 20 s for coming back elsewhere. The defaults of a node's PING_INTERVAL_MS and PING_TIMEOUT_MS;
 * clients go by those of the handshake.
 */
export const PING_INTERVAL_MS = 10_000
export const PING_TIMEOUT_MS = 6_000
/** No node may ping less often, whatever it is told: the edge closes what is silent for 60 s (nginx/edge.sh). */
export const PING_INTERVAL_MAX_MS = 45_000

/**
 * Presence after a crash: lease 6 s + sweep 1 s + gathering 0.5 s = 7.5 s, and a departure that is announced
 * 2 s late stays below the promised 10 s as well; so do 1.5 s of gathering, where people come and go all the time.
 */
export const LEASE_MS = 6_000
export const BEAT_MS = 1_000
export const PRESENCE_GATHER_MS = 500
export const PRESENCE_GATHER_MAX_MS = 1_500
/**
 * How many are in a room of thousands costs a packet to each, and there somebody always comes or goes: gathered so long
 * for each who is told on a node, which makes 500 packets a second, but no longer than the second one.
 */
export const PRESENCE_GATHER_EACH_MS = 2
export const PRESENCE_GATHER_LARGE_MAX_MS = 30_000
export const DEPARTURE_GRACE_MS = 2_000

/**
 * How long a log knows a clientId: a retry within this time is answered with the entry that is there. The default of a
 * node's DEDUPE_WINDOW_MS, and what clients rely on.
 */
export const DEDUPE_WINDOW_MS = 600_000

/** How long a store may take for one answer: so that the sender is told to try again within the promised 2 s. */
export const STORE_TIMEOUT_MS = 1_700

/** What travels from node to node outside the log (typing, receipts) is dropped when it arrives later than this. */
export const BUS_TTL_MS = 2_000

/** So long a node may let an entry wait for others to leave with it. One window for every room and every load. */
export const FANOUT_WINDOW_MS = 15
/** No window may be longer, whatever a node is told (GATHER_MS). */
export const FANOUT_WINDOW_MAX_MS = 15
/** When a room has been silent for so many windows, it is no longer busy. */
export const FANOUT_BUSY_WINDOWS = 4

/**
 * So long a node keeps an HTTP connection for its next request: longer than the 60 s of the edge (nginx/edge.sh), so
 * that no request meets a connection that is just closing, and than PING_INTERVAL_MAX_MS, by which a polling client says
 * something at the latest.
 */
export const KEEP_ALIVE_MS = 65_000
