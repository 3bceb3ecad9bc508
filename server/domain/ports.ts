/**
 * Everything that the rules need from outside, on one page. Two stores implement it, `embedded` (one process, on disk)
 * and `redis` (the cluster); stores/conformance.ts holds both to the sentences written here. When a store cannot
 * answer within STORE_TIMEOUT_MS, its methods reject with the Refusal `unavailable`.
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
   * Resolves when the store has answered once and this node's lease is held. Where nodes are processes of their own, it
   * waits for the leases of killed nodes of the same name or with other keys to end, and rejects with StartupError beside
   * living ones; nothing is held then. Without a claim nothing is said of keys.
   */
  open(claim?: Claim): Promise<void>
  /** Undefined when all is well, else a sentence that says what is not. Cheap: asked on every new connection. */
  unavailableReason(): string | undefined
  /** Why calls are refused, undefined while none is. A store that is full fails, but does not ail: reading goes on. */
  failure(): StoreFailure | undefined
  /** Unix milliseconds on the store's clock, as far as this node knows it. */
  now(): number
  /** Gives the lease back and closes. Calls under way are answered first. */
  close(): Promise<void>
}

/** How a store is set up; every number in milliseconds, messages or bytes. */
export interface StoreSettings {
  /** This node's name; every start of it is another incarnation, with a lease of its own. */
  node: string
  /**
   * A log with more messages, more bytes or an older entry than this loses its oldest entries; a pair's sooner, see
   * log-limits.ts. 0 for the bytes or the age: no limit. Edits, deletions and reactions do not count as messages, and
   * leave the log with the messages that they come behind.
   */
  logMaxEntries: number
  /** UTF-8 bytes of the entries as JSON, with what the store adds to each; the newest entry stays, however large. */
  logMaxBytes: number
  logMaxAgeMs: number
  /** How long a clientId is known. */
  dedupeMs: number
  /** How long people and what they have read are remembered after they were last here: as long as a token lives. */
  rememberMs: number
}

// --- the log -------------------------------------------------------------------------------------

/** What somebody wants to add to a log. `epoch`: refuse it as `stale_epoch` if that life of the log is over. */
export type Draft = { by: User; clientId?: string; epoch?: string } & (
  | { kind: 'message'; text: string; replyTo?: number; sentAt?: number }
  | { kind: 'edit'; target: number; text: string }
  | { kind: 'delete'; target: number }
  | { kind: 'reaction'; target: number; emoji: string; on: boolean }
)

/** Which part of a log: forward from `after`, or backward from `before` (without one: from the head). */
export interface Range {
  after?: number
  before?: number
  /** At most this many messages; other kinds ride along. Left out: as many as fit. */
  messages?: number
  /** At most this many entries. */
  entries: number
}

export interface Page {
  epoch: string
  /** The newest seq, 0 in an empty log. */
  head: number
  /** Ascending by seq, without a hole. */
  entries: Entry[]
  /** There are further entries in the direction of reading. */
  more: boolean
  /** Reading forward: entries after `after` are gone for good, and the page begins behind the hole. */
  truncated: boolean
}

export interface Appended {
  entry: Entry
  created: boolean
}

export interface RoomLog {
  /**
   * One atomic step: finds the clientId, or numbers, stores and announces.
   * - Once per (author, clientId) within the dedupe window: a second append is answered with the first one's entry as
   *   the log has it now, without its text when it was deleted. One that was trimmed meanwhile is answered with its seq
   *   and time, without a text and with `deleted: true`. Deduplication comes before every other check.
   * - Numbered 1, 2, 3 … without a hole; `at` is the store's clock and never steps back.
   * - `created` is true unless this was a retry that found its entry. It is also true for the first retry after a call of
   *   this node that was rejected with `unavailable`: to count what is `created` is to count each entry once.
   * - Refusals: `stale_epoch`; `no_such_entry` when target or replyTo is no message of this log (trimmed ones are none);
   *   `deleted` when it is a deleted one; `not_author` when somebody edits or deletes another's;
   *   `too_many` when it has been edited EDITS_PER_MESSAGE_MAX times, or has REACTIONS_PER_MESSAGE_MAX reaction entries,
   *   unless this one takes off a reaction of the same author that stands; `not_in_room` when it was of a pair that is over.
   * - A deletion takes the text of its target and of the target's edits out of the store in the same step; they keep their seq and say `deleted: true`.
   */
  append(room: string, draft: Draft): Promise<Appended>

  /** A range that begins behind the head (`after` > `head`) is of a log that went back: `truncated`, the newest page. */
  read(room: string, range: Range): Promise<Page>

  /**
   * From the moment it resolves: every entry after `head`, in seq order, once, also across lost connections to the
   * store. Entries are handed over in the order of all followers' hearing, never before they are stored.
   */
  follow(room: string, follower: Follower): Promise<Subscription>
}

export interface Follower {
  entries(entries: Entry[]): void
  /** The log was lost, or went back: it goes on as another one. Entries heard from here on come after `head`. */
  reset(log: { epoch: string; head: number }): void
}

export interface Subscription {
  readonly epoch: string
  readonly head: number
  stop(): void
}

// --- who is here ---------------------------------------------------------------------------------

/**
 * Who is in a room, on any node. What a node says of its people rests on its lease and is forgotten with it: within
 * LEASE_MS + BEAT_MS of a crash. Nobody is declared gone on a clock that ran while the store was away.
 * A person is here while any node says so; their status is the liveliest wish: busy, else online, else away.
 */
export interface Roster {
  /** What changed among this node's people in a room, in one atomic step; `status: null` says that somebody left. */
  update(room: string, changes: { user: User; status: Status | null }[]): Promise<void>
  /** Everything this node has to say of a room, replacing what it said before. */
  replace(room: string, people: { user: User; status: Status }[]): Promise<void>
  /**
   * A page in the order of ids, from the first one after `after`. `settling` says that the store has lost what the nodes
   * said of their people, and that some may be missing until they have said it again; `watch` tells when that is over.
   */
  list(
    room: string,
    page: { after?: string; limit: number },
  ): Promise<{ members: Member[]; online: number; next?: string; recovering?: boolean }>
  /** Calls `changed` after each change that somebody could see, and whenever some may have been missed. */
  watch(room: string, changed: () => void): Promise<() => void>
  /** Calls `restate` when the store no longer knows what this node said (lapsed lease, lost data): say it all again. */
  onStateLost(restate: () => void): void
}

// --- strangers -----------------------------------------------------------------------------------

export interface MatchResult {
  pair: Pair
  created: boolean
}

/** Two strangers as one of them sees it. */
export interface Pair {
  room: string
  stranger: User
}

/**
 * Who waits for a stranger, and who has one. A person has one place: in line, or in a pair. Nodes hold it, by their
 * leases, and it is over when none does; what a node held is let go within LEASE_MS + BEAT_MS of a crash, and nobody's
 * because the store was away. When a pair is over its log is deleted, and nothing is appended to it any more
 * (`not_in_room`).
 */
export interface Matches {
  /**
   * Holds a place for somebody, in one atomic step: the pair that they are in, or that they make with whoever has
   * waited longest; else a place in line. Those whom only lapsed leases hold are passed over, until they are swept.
   * `created` is true once for each pair: for whoever had waited longer, when they ask for it. By then both were answered;
   * it is never true for a pair that ends sooner, since who waited goes on waiting.
   */
  find(user: User): Promise<MatchResult | 'waiting'>
  /** Holds a place in the pair of that room; undefined when it is over, or not theirs. */
  join(user: User, room: string): Promise<Pair | undefined>
  /**
   * This node holds the place no longer; with `waitingOnly`, not even then if it is in a pair. Answers whether they are
   * in a pair now.
   */
  release(user: string, only?: { waitingOnly: boolean }): Promise<boolean>
  /** Ends the pair that somebody is in, if any. In line, they keep their place. */
  end(user: string): Promise<void>
  /**
   * Calls `changed` with each person whose place this node holds, after another node or another person changed it;
   * and without one when anybody's may have changed, or been forgotten.
   */
  watch(changed: (user?: string) => void): void
}

// --- rooms and people ----------------------------------------------------------------------------

export interface RoomDirectoryStore {
  /** The lobby and the public rooms where something was said or somebody is, by name; some may be empty by now. */
  publicRooms(page: { after?: string; limit: number }): Promise<string[]>
  /** A user's direct rooms, by name. */
  directRooms(user: string, page: { after?: string; limit: number }): Promise<string[]>
  /**
   * The rooms as they are now, in that order, in one round trip for each ROOM_LIST_PAGE of them; undefined for a public
   * room, other than the lobby, that is empty. A room that has not changed is the same object as before, as a rule.
   */
  states(rooms: readonly string[]): Promise<(RoomState | undefined)[]>
  /** What the user has read of each room, in that order: the last seq, and the messages up to and including it. */
  readMarks(user: string, rooms: readonly RoomState[]): Promise<ReadMark[]>
  /**
   * The rooms in which something changed after `since`: an entry, who is there, and in direct rooms what was read and
   * that they were opened. Changes by this node are among them at once, those by others within ROOM_CHANGES_GATHER_MS,
   * those by a node that was killed in that time never. `rooms` is undefined when that is not known: without `since`, after a
   * loss of the store's data, or when too much has changed; then read all of them again. `next`: give it as `since`.
   */
  changes(since?: string): Promise<{ rooms?: string[]; next: string }>
  /**
   * Notes that the user has read up to `seq`, which may be trimmed by now; false when they had before. Refuses
   * `stale_epoch`, and `no_such_entry` for a seq that is yet to come.
   */
  markRead(room: string, user: string, seq: number, epoch?: string): Promise<boolean>
  /**
   * Opens the room of two people, for both. Resolves with whether it was closed to the first of them before; opening
   * it again changes nothing. A person's direct rooms stay open until
   * nobody opened one, and the person was not remembered, for rememberMs.
   */
  openDirect(room: string, people: readonly [string, string]): Promise<boolean>
  isDirectOpen(room: string, user: string): Promise<boolean>
}

/** What everybody may know of a room. */
export interface RoomState {
  readonly room: string
  /** '' while the room has no log. */
  readonly epoch: string
  readonly head: number
  /** Messages ever appended in this epoch. */
  readonly messages: number
  readonly online: number
  /** The newest message. */
  readonly last?: Entry
}

export interface ReadMark {
  seq: number
  messages: number
}

/** The people who have been here lately, by id: as long as a token lives. */
export interface UserDirectory {
  remember(user: User): Promise<void>
  find(id: string): Promise<User | undefined>
  /** Of each id, in that order, in one round trip. */
  findAll(ids: readonly string[]): Promise<(User | undefined)[]>
}

// --- the cluster ---------------------------------------------------------------------------------

/** Counters that the nodes share. A call is one round trip, however many keys it names. */
export interface SharedCounters {
  /** Takes tokens that were spent already, into debt down to one burst; returns what is left of each key, in its order. */
  spend(spending: readonly { key: string; rate: Rate; tokens: number }[]): Promise<number[]>
  /** States this node's counts and returns those of all nodes together. A statement holds for COUNT_HOLDS_MS. */
  sumCounts(counts: readonly { key: string; count: number }[]): Promise<number[]>
}

/** How long a count holds that was not stated again, as when its node died. */
export const COUNT_TTL_MS = 5_000

export interface Nodes extends SharedCounters {
  /** What this node says of itself from now on, with every renewal of its lease. */
  report(describe: () => NodeStats): void
  /** The nodes whose lease holds, by name. */
  list(): Promise<NodeStats[]>
  /** One bucket for all nodes: takes a token of `key`'s and returns 0, or the milliseconds until there is one. */
  takeToken(key: string, rate: Rate): Promise<number>
  /**
   * States that the user has `open` connections on this node, and adds as many of the `arriving` ones as fit into `most`
   * on all nodes together. Returns how many were added.
   */
  countConnections(user: string, count: { open: number; arriving: number; most: number }): Promise<number>
  /** `restate` is called when the store may have lost what this node stated. */
  onStateLost(restate: () => void): void
}

/** The keys that tokens are signed with when none is configured. */
export interface Secrets {
  /** Returns all; in a store that has none `mine` becomes the only one, however many ask at the same moment. */
  agree(mine: string): Promise<string[]>
  /** Adds `mine` unless it is there, and returns all. Asked again and again, so that a wiped store gets its keys back. */
  share(mine: string): Promise<string[]>
  /** The keys in the store; empty in a new one. */
  all(): Promise<string[]>
}

// --- what happened -------------------------------------------------------------------------------

/** What the nodes' journals leave for /report and /logs: it outlives every node. */
export interface Archive {
  /**
   * Adds what a node counted, in one atomic step, once: a number that is not above the last one of that incarnation
   * changes nothing. An incarnation is known until a day after its last flush. Resolves when it is stored.
   */
  add(flush: Flush): Promise<void>
  /** Everything that was ever added. */
  totals(): Promise<Totals>
  /** The samples of all nodes that begin from `from` to before `to`, in the order of time, then of node names. */
  series(range: { stepMs: StepMs; from: number; to: number }): Promise<Sample[]>
  /**
   * The newest `limit` events behind `after` (without one, or with one that is yet to come: of all that are kept),
   * oldest first. `next`: give it as `after` to hear what comes then.
   */
  events(page: { after?: number; kinds?: readonly Kind[]; node?: string; limit: number }): Promise<{
    events: ArchivedEvent[]
    next: number
  }>
}
