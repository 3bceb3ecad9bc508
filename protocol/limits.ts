/** The numbers that two programs must agree on, each with its unit and its reason. */

export const WIRE_VERSION = 1

/** Characters are Unicode code points, as in JSON Schema's maxLength. */
export const TEXT_MAX_CHARS = 4_000
export const NAME_MAX_CHARS = 40
export const EMOJI_MAX_BYTES = 32

/** A deletion removes the text of all edits in one atomic step, which blocks the store; 500 edits take about 6 ms. */
export const EDITS_PER_MESSAGE_MAX = 500
/**
 * Reaction entries of one message, additions and removals. Beyond this limit reactions can only be removed, so a message
 * has at most twice as many.
 */
export const REACTIONS_PER_MESSAGE_MAX = 1_000

/** A frame above this ends its connection: close code 1009 on WebSocket, 413 when polling. */
export const FRAME_MAX_BYTES = 100_000

/** The maximum number of entries in an answer to room:join; `more` is true if there are further ones. */
export const JOIN_PAGE_ENTRIES = 200
/** history:read counts messages only; edits, deletions and reactions between them are included. */
export const HISTORY_DEFAULT_MESSAGES = 50
export const HISTORY_MAX_MESSAGES = 200
/** The maximum number of entries of all kinds in a page. */
export const PAGE_MAX_ENTRIES = 500

/**
 * The entries of a page are at most this many UTF-8 bytes as JSON, unless the page is a single entry: long texts make
 * short pages. 200 messages of 300 characters fit; a request of 60 bytes is not answered with half a megabyte.
 */
export const PAGE_MAX_BYTES = 128 * 1024

/** A match's log is deleted with the match. It keeps this many entries for users who reconnect. */
export const MATCH_LOG_ENTRIES = 100

export const MEMBERS_PAGE = 200
/** Up to this many users, presence events list who joined and left; in larger rooms they have only `online`. */
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
/** How often a node with watchers reloads all rooms, to see changes that a killed or older node did not announce. */
export const ROOMS_RELOAD_MS = 30_000
/** The number of public rooms, most recently active first, that can be listed by activity and searched by name. */
export const ROOMS_IN_DIRECTORY_MAX = 20_000

/** Clients drop a node's list of typing users this long after its last `typing` event. */
export const TYPING_FOR_MS = 6_000
/** How often a client repeats typing:set while the user types: twice within TYPING_FOR_MS, so that one may be lost. */
export const TYPING_REPEAT_MS = 2_500
export const TYPING_NAMED_MAX = 5

/**
 * Clients detect a frozen node after at most PING_INTERVAL_MS + PING_TIMEOUT_MS = 16 s, which leaves 4 s of the guaranteed
 * 20 s to reconnect to another node. These are the defaults of a node's settings with the same names; clients use the
 * values of the handshake.
 */
export const PING_INTERVAL_MS = 10_000
export const PING_TIMEOUT_MS = 6_000
/** The maximum ping interval: the load balancer closes connections that are idle for 60 s (nginx/edge.sh). */
export const PING_INTERVAL_MAX_MS = 45_000

/**
 * Presence after a crash: lease 6 s + sweep 1 s + batching 0.5 s = 7.5 s, below the guaranteed 10 s. The bound also holds
 * with a departure grace of 2 s, and with batching of up to 1.5 s in rooms where users join and leave all the time.
 */
export const LEASE_MS = 6_000
export const BEAT_MS = 1_000
export const PRESENCE_GATHER_MS = 500
export const PRESENCE_GATHER_MAX_MS = 1_500
/**
 * Batching of `online` counts in large rooms, where users join and leave all the time and each event costs one packet per
 * user: 2 ms per recipient on the node, which limits it to 500 packets per second, but at most the second value.
 */
export const PRESENCE_GATHER_EACH_MS = 2
export const PRESENCE_GATHER_LARGE_MAX_MS = 30_000
export const DEPARTURE_GRACE_MS = 2_000

/**
 * The dedupe window of a clientId: a retry within this time returns the existing entry. The default of a
 * node's DEDUPE_WINDOW_MS, and what clients rely on.
 */
export const DEDUPE_WINDOW_MS = 600_000

/** The timeout of one store call; clients get a retryable fault within the guaranteed 2 s. */
export const STORE_TIMEOUT_MS = 1_700

/** Messages between nodes outside the log (typing, receipts) are dropped if they arrive later than this. */
export const BUS_TTL_MS = 2_000

/** The fan-out window: how long a node may delay an entry to batch it with others. The same for all rooms and loads. */
export const FANOUT_WINDOW_MS = 15
/** The maximum of GATHER_MS. */
export const FANOUT_WINDOW_MAX_MS = 15
/** A room stops being busy after this many windows without an entry. */
export const FANOUT_BUSY_WINDOWS = 4

/**
 * The keep-alive timeout of HTTP connections. Longer than the load balancer's 60 s (nginx/edge.sh), so that no request
 * arrives on a closing connection, and than PING_INTERVAL_MAX_MS, the maximum time between requests of a polling client.
 */
export const KEEP_ALIVE_MS = 65_000
