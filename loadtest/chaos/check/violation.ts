import type { HistoryEvent } from '../history.ts'

/** The kinds of violation, described by the promise that was broken. */
export const KINDS = {
  lost: 'acknowledged, or heard by others, and not by somebody who was there',
  doubled: 'one thing there twice, or handed over twice',
  'out of order': 'two readers, two orders; a hole; a time that steps back',
  diverged: 'edits, deletions or reactions that leave two readers with two pictures',
  'not faithful': 'an acknowledgement of something else, or a refusal of what is there',
  'from nowhere': 'an entry that nobody had said',
  stream: "a connection's stream that is not as the wire promises",
  ghost: 'somebody shown who has been gone for long',
  missing: 'somebody not shown who has been there for long',
  flicker: 'somebody reported as left, or as joined, who was there all the while',
  'locked out': 'a user refused a connection although they have fewer than they may have',
  silent: 'a client that heard nothing for too long',
  stuck: 'something that never came to an end',
  dead: 'a part of the cluster that ended by itself',
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
