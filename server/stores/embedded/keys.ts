import type { Entry } from '../../../protocol/entry.ts'
import type { Reactions } from '../../domain/append-rules.ts'
import type { Kind, Sample, StepMs } from '../../domain/journal.ts'
import type { TotalsByName } from '../../domain/journal-totals.ts'

declare const row: unique symbol
/** A database key, typed by its row. */
export type Key<Row> = string & { readonly [row]?: Row }

/** The metadata of a log. */
export interface Head {
  head: number
  /** The oldest seq stored; head + 1 if the log is empty. */
  first: number
  /** `at` of the newest entry. */
  at: number
  /** Messages ever appended. */
  messages: number
  /** Seq of the newest message; 0 if there was none. */
  last: number
  /** Bytes of the entries from `first` to `counted`; absent in logs of version 0.1, which did not count them. */
  bytes?: number
  counted?: number
}
export const NO_ENTRIES: Head = { head: 0, first: 1, at: 0, messages: 0, last: 0, bytes: 0, counted: 0 }

export interface StoredEntry {
  entry: Entry
  /** Number of messages up to and including this entry; the unread count is a difference of two of these. */
  nth: number
}

/** Rows that expire at `until` (Unix milliseconds); their `due` keys lead to them. */
export interface Expiring {
  until: number
}
/** The entry that a clientId refers to; version 0.1 stored the entry itself. */
export type Sent = Expiring & ({ seq: number; at: number } | { entry: Entry })
/** Without a name for a user who has read a room but was never remembered by name. */
export interface StoredUser extends Expiring {
  name?: string
}
export interface StoredReadMark {
  seq: number
  nth: number
  /** The log's own epoch, if it has one. */
  epoch?: string
}

// Numbers are padded, so that keys sort numerically. None of the names contains a slash.
const padded = (number: number) => String(number).padStart(16, '0')

export const keys = {
  epoch: 'epoch' as Key<string>,
  secrets: 'secrets' as Key<string[]>,
  head: (room: string): Key<Head> => `head/${room}`,
  /** The epoch of a log that was damaged. */
  renewed: (room: string): Key<string> => `renewed/${room}`,
  entry: (room: string, seq: number): Key<StoredEntry> => `${keys.entries(room)}${padded(seq)}`,
  entries: (room: string) => `entry/${room}/`,
  /** Seqs of a message's edits. */
  edits: (room: string, target: number): Key<number[]> => `edits/${room}/${padded(target)}`,
  reactions: (room: string, target: number): Key<Reactions> => `reactions/${room}/${padded(target)}`,
  sent: (room: string, author: string, clientId: string): Key<Sent> => `sent/${room}/${author}/${clientId}`,
  /** Public rooms with at least one entry. */
  public: (room: string): Key<1> => `public/${room}`,
  /** Until when all of a user's open direct rooms stay open. */
  direct: (user: string): Key<Expiring> => `direct/${user}`,
  /** A user's open direct rooms. */
  open: (user: string, room: string): Key<1> => `open/${user}/${room}`,
  person: (user: string): Key<StoredUser> => `person/${user}`,
  read: (user: string, room: string): Key<StoredReadMark> => `read/${user}/${room}`,
  // The journal.
  totals: 'totals' as Key<TotalsByName>,
  /** Number of an incarnation's last flush. */
  flush: (incarnation: string): Key<number> => `${keys.flushes}${incarnation}`,
  flushes: 'flush/',
  /** The event's JSON, unmodified. */
  event: (kind: Kind, n: number): Key<string> => `${keys.events(kind)}${padded(n)}`,
  events: (kind: Kind) => `event/${kind}/`,
  sample: (stepMs: StepMs, at: number, incarnation = ''): Key<Sample> =>
    `sample/${stepMs}/${padded(at)}/${incarnation}`,
  /** When to check an expiring row. */
  due: (at: number, what: Key<Expiring>): Key<1> => `${keys.dues}${padded(at)}/${what}`,
  dues: 'due/',
}

/** The seq that an entry's key ends with. */
export const seqOf = (key: string): number => Number(key.slice(key.lastIndexOf('/') + 1))

/** Parses what follows `keys.dues` in a due key. */
export function dueOf(name: string): { at: number; what: Key<Expiring> } {
  const slash = name.indexOf('/')
  return { at: Number(name.slice(0, slash)), what: name.slice(slash + 1) }
}

/** Prefix of the rows that are deleted with an expiring row: a user's read marks, or their open direct rooms. */
export function dependentsOf(what: string): string | undefined {
  const [, user = ''] = what.split('/')
  if (what === keys.person(user)) return keys.read(user, '')
  if (what === keys.direct(user)) return keys.open(user, '')
}

/** Sorts after every key that starts with `prefix`: names are ASCII. */
export const endOf = (prefix: string): string => `${prefix}\u007f`
