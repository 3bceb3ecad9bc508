/**
 * The recorded history of a run, which is all that the checker knows. Events of one client are in the order in which it
 * saw them; events of different clients are unordered.
 */
import type { EntryKind } from '../../protocol/entry.ts'

/** `at`: Unix milliseconds. `who`: a client's name, or `chaos` for the fault injector. */
export type HistoryEvent = { at: number; who: string } & What
export type Of<W extends What['what']> = Extract<HistoryEvent, { what: W }>

/** Texts are recorded as digests. */
export interface Command {
  room: string
  kind: EntryKind
  text?: string
  target?: number
  emoji?: string
  on?: boolean
}

/** An entry as a client saw it; clients that saw the same content record the same digest. */
export interface Seen extends Command {
  seq: number
  at: number
  by: string
  clientId?: string
  replyTo?: number
  deleted?: true
}

export type What =
  // The virtual user.
  | { what: 'identified'; user: string }
  | { what: 'state'; state: string; node?: string; transport?: string; code?: string }
  | { what: 'enter' | 'leave'; room: string }
  /** A fault injected into this client: until it recovers, no deliveries are expected. */
  | { what: 'impaired'; from: 'stall' | 'absence' }
  | { what: 'recovered' }
  // Commands given to the SDK, and their results.
  | ({ what: 'send'; op: number } & Command)
  | { what: 'sent'; op: number; room: string; digest: string }
  | { what: 'failed'; op: number; code: string }
  /** The log is gone, so the result is unknown; the command is discarded. */
  | { what: 'doubtful'; room: string; clientId: string }
  // Events emitted by the SDK.
  | ({ what: 'delivered'; room: string; till: number } & Batch)
  | { what: 'reset'; room: string }
  | { what: 'refused'; room: string; code: string }
  /** Members of a room: as the SDK reports them (`event`), or as a node returns them (`read`). */
  | { what: 'members'; how: 'event' | 'read'; room: string; ids: string[] }
  /**
   * Later events of this client are ignored. `settled`: no command is pending, and all entries in the logs were
   * delivered.
   */
  | { what: 'ended'; settled: boolean; waiting: number }
  // Wire traffic on the `link`th connection of this process.
  | ({ what: 'request'; link: number; clientId: string } & Command)
  | { what: 'response'; link: number; clientId: string; digest?: string; seq?: number; code?: string }
  | { what: 'join request'; link: number; room: string; after?: number; epoch?: string }
  | ({ what: 'joined'; link: number; room: string; head: number; more: boolean; truncated: boolean } & Batch)
  | { what: 'join failed'; link: number; room: string; code: string }
  /** The room:join request timed out; its response may still have arrived later. */
  | { what: 'response timeout'; link: number; room: string }
  | { what: 'leave request' | 'left' | 'stale'; link: number; room: string }
  /** A `presence` event: user ids. */
  | { what: 'presence'; link: number; room: string; joined: string[]; left: string[] }
  /** `entries` events; consecutive ones are recorded as one, from `at` till `till`. */
  | ({ what: 'received'; link: number; room: string; till: number } & Batch)
  /** The entry that a digest stands for. */
  | { what: 'entry'; digest: string; entry: Seen }
  // Faults and load.
  | { what: 'fault'; kind: string; on: string; from: number; until: number }
  /** From now on, all users together send this many commands per second. */
  | { what: 'load'; perSecond: number }
  // After the run.
  /** The remaining connections that a user may have were opened; `code` is the fault code of refused ones. */
  | { what: 'connections'; opened: number; refused: number; code?: string }
  /** Users still shown in a room after all clients left. */
  | { what: 'ghosts'; room: string; ids: string[] }
  /** A process of the cluster ended without an injected fault. */
  | { what: 'died'; part: string; how: string }

/** Digests of consecutive entries; the first has seq `from`. */
export interface Batch {
  epoch: string
  from: number
  digests: string[]
}
