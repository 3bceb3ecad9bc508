/**
 * What is written down while a run goes on: everything that the checker knows. Each client's happenings stand in the
 * order in which that client saw them; those of different clients are in no order.
 */
import type { EntryKind } from '../../protocol/entry.ts'

/** `at`: Unix milliseconds. `who`: a client, or `chaos`, who does the damage. */
export type HistoryEvent = { at: number; who: string } & What
export type Of<W extends What['what']> = Extract<HistoryEvent, { what: W }>

/** A text is written down as a short digest of itself. */
export interface Command {
  room: string
  kind: EntryKind
  text?: string
  target?: number
  emoji?: string
  on?: boolean
}

/** An entry as somebody saw it; whoever saw the same thing names it by the same digest. */
export interface Seen extends Command {
  seq: number
  at: number
  by: string
  clientId?: string
  replyTo?: number
  deleted?: true
}

export type What =
  // The person.
  | { what: 'is'; user: string }
  | { what: 'condition'; state: string; node?: string; transport?: string; code?: string }
  | { what: 'enters' | 'leaves'; room: string }
  /** Something that we do to it: while it lasts, it cannot be expected to hear. */
  | { what: 'suffers'; from: 'a stall' | 'being away' }
  | { what: 'recovers' }
  // What it asked of the SDK, and what became of it.
  | ({ what: 'says'; op: number } & Command)
  | { what: 'said'; op: number; room: string; digest: string }
  | { what: 'gave up'; op: number; code: string }
  /** Its log is gone, so that nobody can tell whether it was said; it is discarded. */
  | { what: 'doubtful'; room: string; clientId: string }
  // What the SDK handed over.
  | ({ what: 'handed'; room: string; till: number } & Batch)
  | { what: 'reset'; room: string }
  | { what: 'refused'; room: string; code: string }
  /** Who is here: as the SDK has it (`told`), or as a node answers now (`read`). */
  | { what: 'members'; how: 'told' | 'read'; room: string; ids: string[] }
  /** What comes behind it is of no interest. `settled`: nothing waits, and everything in the logs was handed over. */
  | { what: 'ends'; settled: boolean; waiting: number }
  // What went over the wire, on the `link`th connection of this process.
  | ({ what: 'asks'; link: number; clientId: string } & Command)
  | { what: 'answered'; link: number; clientId: string; digest?: string; seq?: number; code?: string }
  | { what: 'joins'; link: number; room: string; after?: number; epoch?: string }
  | ({ what: 'joined'; link: number; room: string; head: number; more: boolean; truncated: boolean } & Batch)
  | { what: 'not joined'; link: number; room: string; code: string }
  /** Nobody waits for that answer to room:join any longer. It may still have come, unheard. */
  | { what: 'unanswered'; link: number; room: string }
  | { what: 'parts' | 'parted' | 'stale'; link: number; room: string }
  /** A `presence` event: user ids. */
  | { what: 'presence'; link: number; room: string; joined: string[]; left: string[] }
  /** `entries` events; those that follow on each other are written down as one, from `at` till `till`. */
  | ({ what: 'hears'; link: number; room: string; till: number } & Batch)
  /** What a digest stands for. */
  | { what: 'entry'; digest: string; entry: Seen }
  // The damage.
  | { what: 'fault'; kind: string; on: string; from: number; until: number }
  /** From now on everybody together acts so often a second. */
  | { what: 'talk'; perSecond: number }
  // After the end of the run.
  /** As many further connections as a user may have were opened; `code` is the fault of those that were refused. */
  | { what: 'connections'; opened: number; refused: number; code?: string }
  /** Who is still shown in a room although everybody has left. */
  | { what: 'remains'; room: string; ids: string[] }
  /** A part of the cluster ended, and nobody had done anything to it. */
  | { what: 'died'; part: string; how: string }

/** The digests of entries without a hole between them, of which the first one is number `from`. */
export interface Batch {
  epoch: string
  from: number
  digests: string[]
}
