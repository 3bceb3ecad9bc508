import type { HistoryEvent } from '../history.ts'

/** The kinds of violation, described by the promise that was broken. */
export const KINDS = {
  lost: 'acknowledged or received by others, but not received by a joined client',
  doubled: 'one command appended twice, or one entry delivered twice',
  'out of order': 'different orders for two clients; a gap; decreasing timestamps',
  diverged: 'edits, deletions or reactions with different results for two clients',
  'not faithful': 'an acknowledgement of another entry, or a refused command that is in the log',
  'from nowhere': 'an entry that no client sent',
  stream: "a connection's stream that violates the protocol",
  ghost: 'a user shown long after leaving',
  missing: 'a user not shown long after joining',
  flicker: 'a user reported as left or joined without a change',
  'locked out': 'a user refused a connection below the connection limit',
  silent: 'a client that received nothing for too long',
  stuck: 'a command or client that never completed',
  dead: 'a process of the cluster that ended unexpectedly',
} as const
export type Kind = keyof typeof KINDS

/** Selects the part of the history that shows a violation. */
export interface About {
  who?: string
  room?: string
  seq?: number
  clientId?: string
  /** Unix milliseconds. */
  from?: number
  till?: number
}

export interface Violation extends About {
  kind: Kind
  sentence: string
}

/** Checks one promise: receives the whole history event by event, then returns the violations. */
export interface Judge {
  take(historyEvent: HistoryEvent): void
  end(): Violation[]
}
