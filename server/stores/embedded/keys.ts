import type { Entry } from '../../../protocol/entry.ts'
import type { Reactions } from '../../domain/append-rules.ts'
import type { Kind, Sample, StepMs } from '../../domain/journal.ts'
import type { TotalsByName } from '../../domain/journal-totals.ts'

declare const row: unique symbol
/** A key of the database, which knows what its row holds. */
export type Key<Row> = string & { readonly [row]?: Row }

/** What is known of a log besides its entries. */
export interface Head {
  head: number
  /** The oldest seq that is still there; head + 1 when none is. */
  first: number
  /** `at` of the newest entry. */
  at: number
  /** Messages ever appended. */
  messages: number
  /** The newest message; 0 when there was none. */
  last: number
  /** Bytes of the entries from `first` to `counted`; absent where version 0.1 wrote the log, which counted none. */
  bytes?: number
  counted?: number
}
export const NO_ENTRIES: Head = { head: 0, first: 1, at: 0, messages: 0, last: 0, bytes: 0, counted: 0 }

export interface StoredEntry {
  entry: Entry
  /** How many messages there were up to this entry, itself included: unread is a difference of two of these. */
  nth: number
}

/** Rows that end by themselves, `until` Unix milliseconds; `due` leads to them. */
export interface Expiring {
  until: number
}
/** Which entry a clientId became; version 0.1 kept the entry itself. */
export type Sent = Expiring & ({ seq: number; at: number } | { entry: Entry })
/** Without a name: somebody who read, and was never introduced. */
export interface StoredUser extends Expiring {
  name?: string
}
export interface StoredReadMark {
  seq: number
  nth: number
  /** Of the log, where it has one of its own. */
  epoch?: string
}

// Numbers are padded, so that keys sort as numbers do. A slash occurs in none of the names.
const padded = (number: number) => String(number).padStart(16, '0')

export const keys = {
  epoch: 'epoch' as Key<string>,
  secrets: 'secrets' as Key<string[]>,
  head: (room: string): Key<Head> => `head/${room}`,
  /** The epoch of a log that was damaged. */
  renewed: (room: string): Key<string> => `renewed/${room}`,
  entry: (room: string, seq: number): Key<StoredEntry> => `${keys.entries(room)}${padded(seq)}`,
  entries: (room: string) => `entry/${room}/`,
  /** The seqs of a message's edits. */
  edits: (room: string, target: number): Key<number[]> => `edits/${room}/${padded(target)}`,
  reactions: (room: string, target: number): Key<Reactions> => `reactions/${room}/${padded(target)}`,
  sent: (room: string, author: string, clientId: string): Key<Sent> => `sent/${room}/${author}/${clientId}`,
  /** Public rooms where anything was said. */
  public: (room: string): Key<1> => `public/${room}`,
  /** How long a user's open direct rooms, all of them, stay open. */
  direct: (user: string): Key<Expiring> => `direct/${user}`,
  /** A user's open direct rooms. */
  open: (user: string, room: string): Key<1> => `open/${user}/${room}`,
  person: (user: string): Key<StoredUser> => `person/${user}`,
  read: (user: string, room: string): Key<StoredReadMark> => `read/${user}/${room}`,
  // The journal.
  totals: 'totals' as Key<TotalsByName>,
  /** The number of an incarnation's last flush. */
  flush: (incarnation: string): Key<number> => `${keys.flushes}${incarnation}`,
  flushes: 'flush/',
  /** JSON, as it came. */
  event: (kind: Kind, n: number): Key<string> => `${keys.events(kind)}${padded(n)}`,
  events: (kind: Kind) => `event/${kind}/`,
  sample: (stepMs: StepMs, at: number, incarnation = ''): Key<Sample> =>
    `sample/${stepMs}/${padded(at)}/${incarnation}`,
  /** Says when to look at an expiring row. */
  due: (at: number, what: Key<Expiring>): Key<1> => `${keys.dues}${padded(at)}/${what}`,
  dues: 'due/',
}

/** The seq that an entry's key ends with. */
export const seqOf = (key: string): number => Number(key.slice(key.lastIndexOf('/') + 1))

/** Reads a due key's name: what follows `keys.dues` in it. */
export function dueOf(name: string): { at: number; what: Key<Expiring> } {
  const slash = name.indexOf('/')
  return { at: Number(name.slice(0, slash)), what: name.slice(slash + 1) }
}

/** What goes with an expiring row: what a person has read, and the direct rooms that were open to them. */
export function dependentsOf(what: string): string | undefined {
  const [, user = ''] = what.split('/')
  if (what === keys.person(user)) return keys.read(user, '')
  if (what === keys.direct(user)) return keys.open(user, '')
}

/** Behind every key that begins with `prefix`: names are ASCII. */
export const endOf = (prefix: string): string => `${prefix}\u007f`
