/**
 * The interfaces between the domain and its storage. Two stores implement them: `embedded` (one process, on disk) and
 * `redis` (the cluster); the tests in stores/conformance verify that both keep these contracts. When a store cannot answer
 * within STORE_TIMEOUT_MS, its methods reject with a FaultError with code `unavailable`.
 */
import type { Entry } from '../../protocol/entry.ts'
import type { Member, Status, User } from '../../protocol/people.ts'
import type { NodeStats } from '../../protocol/stats.ts'
import type { Claim } from './claim.ts'
import type { ArchivedEvent, Flush, Kind, Sample, StepMs, Totals } from './journal.ts'
import type { StoreFailure } from './store-failure.ts'
import type { Rate } from './token-bucket.ts'

export interface Store {
  readonly log: RoomLog
  readonly roster: Roster
  readonly rooms: RoomDirectoryStore
  readonly matches: Matches
  readonly users: UserDirectory
  readonly nodes: Nodes
  readonly secrets: Secrets
  readonly archive: Archive
  /**
   * Resolves when the store has answered once and this node holds its lease. If the store is shared by several processes,
   * it waits until the leases of killed nodes with the same name or with different keys expire. It rejects with
   * StartupError, and holds no lease, if such a node is running. Without a claim no keys are compared.
   */
  open(claim?: Claim): Promise<void>
  /** Undefined while the store is available, else a sentence that gives the cause. Cheap: called for every new connection. */
  unavailableReason(): string | undefined
  /** Why calls are rejected; undefined while none is. A full store has a failure but stays available, since reads work. */
  failure(): StoreFailure | undefined
  /** Unix milliseconds on the store's clock, as estimated by this node. */
  now(): number
  /** Releases the lease and closes the store after all pending calls have settled. */
  close(): Promise<void>
}

/** Settings of a store. Times are in milliseconds, sizes in messages or bytes. */
export interface StoreSettings {
  /** The name of this node. Each start of the node is a new incarnation with a new lease. */
  node: string
  /**
   * A log that exceeds one of these limits loses its oldest entries. retention.ts sets lower limits for match rooms.
   * `logMaxBytes` or `logMaxAgeMs` 0 disables that limit. Edits, deletions and reactions do not count as messages; they
   * are trimmed together with the messages before them.
   */
  logMaxEntries: number
  /** UTF-8 bytes of the entries as JSON plus the store's overhead. The newest entry is kept whatever its size. */
  logMaxBytes: number
  logMaxAgeMs: number
  /** The dedupe window: how long a clientId is remembered. */
  dedupeMs: number
  /** How long users and their read marks are kept after the users were last seen; equals the lifetime of a token. */
  rememberMs: number
}

// --- the log -------------------------------------------------------------------------------------

/** An entry to append. With `epoch`, the append is rejected with `stale_epoch` unless the log still has that epoch. */
export type Draft = { by: User; clientId?: string; epoch?: string } & (
  | { kind: 'message'; text: string; replyTo?: number; sentAt?: number }
  | { kind: 'edit'; target: number; text: string }
  | { kind: 'delete'; target: number }
  | { kind: 'reaction'; target: number; emoji: string; on: boolean }
)

/** A part of a log: forward from `after`, or backward from `before`. Without either: backward from the head. */
export interface Range {
  after?: number
  before?: number
  /** The maximum number of messages; entries of other kinds are not counted. Undefined: no limit. */
  messages?: number
  /** The maximum number of entries of all kinds. */
  entries: number
}

export interface Page {
  epoch: string
  /** The seq of the newest entry; 0 in an empty log. */
  head: number
  /** Ascending by seq, without gaps. */
  entries: Entry[]
  /** Whether there are further entries in the direction of reading. */
  more: boolean
  /** Reading forward: entries after `after` were trimmed, and the page begins after the gap. */
  truncated: boolean
}

export interface Appended {
  entry: Entry
  created: boolean
}

export interface RoomLog {
  /**
   * Atomically finds the entry of the clientId, or assigns a seq, stores the entry and publishes it.
   * - An append is idempotent per (author, clientId) within the dedupe window: a retry returns the first entry as the log
   *   has it now, without text if it was deleted. If that entry was trimmed, its seq and time are returned, without text
   *   and with `deleted: true`. Deduplication comes before every other check.
   * - `seq` is 1, 2, 3 … without gaps; `at` is the store's clock and never decreases.
   * - `created` is true unless this was a retry. It is also true for the first retry after a call of this node that was
   *   rejected with `unavailable`, so that counting `created` counts each entry exactly once.
   * - Rejects with `stale_epoch`; `no_such_entry` if target or replyTo is not a message of this log, or was trimmed;
   *   `deleted` if it was deleted; `not_author` for an edit or deletion of another user's message; `too_many` if the
   *   message has EDITS_PER_MESSAGE_MAX edits, or REACTIONS_PER_MESSAGE_MAX reaction entries unless this one removes an
   *   existing reaction of the same author; `not_in_room` if the room belongs to a match that has ended.
   * - A deletion removes the text of its target and of the target's edits from the store in the same step. These entries
   *   keep their seq and get `deleted: true`.
   */
  append(room: string, draft: Draft): Promise<Appended>

  /** If `after` > `head`, the log lost entries: returns the newest page with `truncated`. */
  read(room: string, range: Range): Promise<Page>

  /**
   * After it resolves, the follower receives every entry after `head` exactly once and in seq order, also across lost
   * connections to the store, and never before the entry is stored.
   */
  follow(room: string, follower: Follower): Promise<Subscription>
}

export interface Follower {
  entries(entries: Entry[]): void
  /** The log was lost or lost entries, and continues under a new epoch. Later entries come after `head`. */
  reset(log: { epoch: string; head: number }): void
}

export interface Subscription {
  readonly epoch: string
  readonly head: number
  /**
   * Resolves when every entry that was stored before the call has been delivered, or the log was reset. Rejects with
   * `unavailable` when the log cannot be read at present; the subscription catches up later all the same.
   */
  catchUp(): Promise<void>
  stop(): void
}

// --- presence ------------------------------------------------------------------------------------

/**
 * The users in each room, on all nodes. A node's rows are bound to its lease and are removed with it, within
 * LEASE_MS + BEAT_MS of a crash; time during which the store was unavailable does not count. A user is present while at
 * least one node lists them. Their status is `busy` if any node reports that, else `online`, else `away`.
 */
export interface Roster {
  /** Applies changes to this node's users in a room atomically; `status: null` means that the user left. */
  update(room: string, changes: { user: User; status: Status | null }[]): Promise<void>
  /** Replaces all of this node's rows of a room. */
  replace(room: string, people: { user: User; status: Status }[]): Promise<void>
  /**
   * A page in the order of ids, starting after `after`. `recovering` means that the store lost rows and users may be
   * missing until the nodes have sent them again; `watch` notifies when recovery is complete.
   */
  list(
    room: string,
    page: { after?: string; limit: number },
  ): Promise<{ members: Member[]; online: number; next?: string; recovering?: boolean }>
  /** Calls `changed` after each visible change, and whenever changes may have been missed. */
  watch(room: string, changed: () => void): Promise<() => void>
  /** Calls `resend` when the store may have lost this node's rows (expired lease, lost data) and needs all of them. */
  onStateLost(resend: () => void): void
}

// --- matches -------------------------------------------------------------------------------------

export interface MatchResult {
  pair: Pair
  created: boolean
}

/** A match from the point of view of one of its two users. */
export interface Pair {
  room: string
  stranger: User
}

/**
 * Users who wait for a match, and users who have one. A user has at most one place: in the queue or in a pair. Nodes hold
 * places by their leases; a place ends when no node holds it. After a crash a node's places are released within
 * LEASE_MS + BEAT_MS; unavailability of the store releases none. When a pair ends its log is deleted, and appends to it
 * are rejected with `not_in_room`.
 */
export interface Matches {
  /**
   * Atomically acquires a place for the user: their present pair, else a new pair with the user who has waited longest,
   * else a place in the queue. Users held only by expired leases are skipped. `created` is true exactly once per pair:
   * in the call for the user who had waited longer. It is never true for a pair that ended before that call.
   */
  find(user: User): Promise<MatchResult | 'waiting'>
  /** Acquires the user's place in the pair of that room; undefined if the pair has ended or the user is not in it. */
  join(user: User, room: string): Promise<Pair | undefined>
  /**
   * Releases this node's hold on the user's place; with `waitingOnly`, only if the place is in the queue. Returns whether
   * the user is in a pair.
   */
  release(user: string, only?: { waitingOnly: boolean }): Promise<boolean>
  /** Ends the user's pair, if any. A place in the queue is kept. */
  end(user: string): Promise<void>
  /**
   * Calls `changed` with the id of a user whose place this node holds after another node or user changed that place, and
   * without an id when any place may have changed or been lost.
   */
  watch(changed: (user?: string) => void): void
}

// --- rooms and users -----------------------------------------------------------------------------

export interface RoomDirectoryStore {
  /** The lobby and the public rooms with messages or users, by name. Some may have become empty. */
  publicRooms(page: { after?: string; limit: number }): Promise<string[]>
  /** A user's direct rooms, by name. */
  directRooms(user: string, page: { after?: string; limit: number }): Promise<string[]>
  /**
   * The present state of each room, in the given order, in one round trip per ROOM_LIST_PAGE rooms; undefined for an
   * empty public room other than the lobby. An unchanged room is usually the same object as before.
   */
  states(rooms: readonly string[]): Promise<(RoomState | undefined)[]>
  /** The user's read mark of each room, in the given order. */
  readMarks(user: string, rooms: readonly RoomState[]): Promise<ReadMark[]>
  /**
   * The rooms that changed after `since`: entries and presence, and in direct rooms also read marks and the opening of
   * the room. This node's changes are included at once, those of other nodes within ROOM_CHANGES_GATHER_MS, and those
   * of a node that was killed within that time never. `rooms` is undefined if the changes are unknown (no `since`, lost
   * data, too many changes); then read all rooms again. Pass `next` as the following `since`.
   */
  changes(since?: string): Promise<{ rooms?: string[]; next: string }>
  /**
   * Stores that the user has read up to `seq`, which may be trimmed; returns false if that was known. Rejects with
   * `stale_epoch`, or with `no_such_entry` for a seq beyond the head.
   */
  markRead(room: string, user: string, seq: number, epoch?: string): Promise<boolean>
  /**
   * Opens the direct room of two users, for both; idempotent. Resolves with true if it was not open for the first of
   * them. A user's direct rooms stay open until for rememberMs none was opened and the user was not seen.
   */
  openDirect(room: string, people: readonly [string, string]): Promise<boolean>
  isDirectOpen(room: string, user: string): Promise<boolean>
}

/** The state of a room that is the same for all users. */
export interface RoomState {
  readonly room: string
  /** Empty while the room has no log. */
  readonly epoch: string
  readonly head: number
  /** Messages ever appended in this epoch. */
  readonly messages: number
  readonly online: number
  /** The newest message. */
  readonly last?: Entry
}

export interface ReadMark {
  /** The last seq that the user has read. */
  seq: number
  /** The number of messages up to and including `seq`. */
  messages: number
}

/** Users by id, kept for rememberMs after they were last seen. */
export interface UserDirectory {
  remember(user: User): Promise<void>
  find(id: string): Promise<User | undefined>
  /** The user of each id, in the given order, in one round trip. */
  findAll(ids: readonly string[]): Promise<(User | undefined)[]>
}

// --- the cluster ---------------------------------------------------------------------------------

/** Counters shared by all nodes. Each call is one round trip for any number of keys. */
export interface SharedCounters {
  /** Takes tokens that were spent locally; a bucket may go down to minus one burst. Returns the level of each key, in order. */
  spend(spending: readonly { key: string; rate: Rate; tokens: number }[]): Promise<number[]>
  /** Reports this node's counts and returns the sums over all nodes. A reported count expires after COUNT_TTL_MS. */
  sumCounts(counts: readonly { key: string; count: number }[]): Promise<number[]>
}

/** How long a reported count is included in the sum after its node stopped reporting it. */
export const COUNT_TTL_MS = 5_000

export interface Nodes extends SharedCounters {
  /** Sets the function that provides this node's stats, which each renewal of its lease stores. */
  report(describe: () => NodeStats): void
  /** The stats of all nodes with a valid lease, by name. */
  list(): Promise<NodeStats[]>
  /** Takes a token from the cluster-wide bucket of `key` and returns 0, or returns the milliseconds until one is available. */
  takeToken(key: string, rate: Rate): Promise<number>
  /**
   * Reports that the user has `open` connections on this node, and admits as many `arriving` ones as the cluster-wide
   * limit `most` allows. Returns how many were admitted.
   */
  countConnections(user: string, count: { open: number; arriving: number; most: number }): Promise<number>
  /** Calls `resend` when the store may have lost the connection counts that this node reported. */
  onStateLost(resend: () => void): void
}

/** The signing keys that the nodes share when TOKEN_SECRET is not set. */
export interface Secrets {
  /** Returns all keys; stores `mine` first if there is none. Atomic: concurrent first calls agree on one key. */
  agree(mine: string): Promise<string[]>
  /** Adds `mine` unless present, and returns all keys. Called periodically, so that a wiped store gets its keys back. */
  share(mine: string): Promise<string[]>
  /** All keys; empty in a new store. */
  all(): Promise<string[]>
}

// --- event archive -------------------------------------------------------------------------------

/** Counts, samples and events of all nodes, for /report and /logs. They survive restarts of every node. */
export interface Archive {
  /**
   * Adds a flush atomically and exactly once: a number not above the last one of that incarnation is ignored. An
   * incarnation is remembered for one day after its last flush. Resolves when the flush is stored.
   */
  add(flush: Flush): Promise<void>
  /** The sum of all flushes. */
  totals(): Promise<Totals>
  /** The samples of all nodes with `from` <= `at` < `to`, ordered by time, then by node name. */
  series(range: { stepMs: StepMs; from: number; to: number }): Promise<Sample[]>
  /**
   * The newest `limit` events after `after`, oldest first; without `after`, or if it is beyond the newest event, of all
   * stored events. Pass `next` as the following `after`.
   */
  events(page: { after?: number; kinds?: readonly Kind[]; node?: string; limit: number }): Promise<{
    events: ArchivedEvent[]
    next: number
  }>
}
