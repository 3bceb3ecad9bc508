import type { Entry } from '../../protocol/entry.ts'
import type { Histogram } from './histogram.ts'

/** What happens, as the journal tells it. `start` and `drain` are the node's own; an `error` is a surprise, not a refusal. */
export const KINDS = ['start', 'connection', 'match', 'message', 'disconnect', 'error', 'drain'] as const
export type Kind = (typeof KINDS)[number]

/**
 * The way by which somebody came: Socket.IO over one of its transports, a plain-WebSocket dialect, REST, and `http` for
 * all other requests: the page, signing in, health. `node`: what happens to the node itself. Who upgrades comes by
 * `polling` and leaves by `websocket`.
 */
export const WAYS = ['websocket', 'polling', 'text', 'json', 'events', 'strangers', 'rest', 'http', 'node'] as const
export type Way = (typeof WAYS)[number]

/** One thing that happened. Never what was said: of a message its size alone. */
export interface JournalEvent {
  kind: Kind
  way: Way
  /** The id of whoever did it. */
  user?: string
  /** Why, in words: of a disconnect what ended it, of an error its message. */
  reason?: string
  /** Of a message: its text in UTF-8. */
  bytes?: number
}

/** A node's journal, as its doors write it. Nothing here waits, blocks or throws. */
export interface Journal {
  /** Counts it, and tells of it in this node's file and, as one of the latest events, in the archive. */
  record(journalEvent: JournalEvent): void
  /** A draft became an entry; seconds from draft to stored. */
  appended(seconds: number): void
  /** Entries, the oldest first, were handed to so many connections at once. */
  delivered(entries: readonly Entry[], connections: number): void
  /**
   * Payload of TCP connections: with HTTP and WebSocket framing, without TLS (which ends at the edge), TCP and IP. Of a
   * WebSocket that is open it is counted within a few seconds, of a request when it has been answered.
   */
  bytes(way: Way, bytesIn: number, bytesOut: number): void
  /** Of the whole cluster, with everything that this node has counted so far, or while the store is full, before. Rejects as the store does. */
  totals(): Promise<Totals>
}

/** A happening as it is kept, on disk as one line of JSON: the keys in this order, those without a value left out. */
export interface JournalLine {
  /** ISO 8601, in milliseconds, on the store's clock. */
  time: string
  /** The kind in words: `New Connection`, `Matched`, `Message Relay`, `Disconnected`, `Error`, `Node Started`, `Node Draining`. */
  event: string
  /** A sentence for people, such as `Message size: 12 bytes`. */
  details: string
  node: string
  kind: Kind
  way: Way
  user?: string
  reason?: string
  bytes?: number
}

// --- what the cluster keeps of it -----------------------------------------------------------------

/** Since the cluster's first start, or within one stretch of time. */
export interface Counts {
  connections: number
  disconnects: number
  /** Pairs of strangers. */
  matches: number
  /** Messages taken into a log; edits, deletions and reactions are none, and a retry says nothing twice. */
  messages: number
  errors: number
  bytesIn: number
  bytesOut: number
}

export interface Peak {
  value: number
  /** Unix milliseconds. */
  at: number
}

/** The most at once on all nodes together; rates over one second or so. */
export const PEAKS = [
  'connections',
  'messagesPerSecond',
  'bytesInPerSecond',
  'bytesOutPerSecond',
  'deliveriesPerSecond',
] as const
export type Peaks = Record<(typeof PEAKS)[number], Peak>

/** Everything that was ever counted, on all nodes, over all restarts. */
export interface Totals extends Counts {
  /** When counting began: Unix milliseconds on the store's clock. 0: nothing was ever counted. */
  since: number
  /** Entries handed to connections: one entry to ten people counts ten. */
  deliveries: number
  peaks: Peaks
  /** What adds up to the counts above. */
  by: Record<Way, Counts>
}

/** How long a stretch the series are kept in, and for how long: about five thousand samples a node at most. */
export const SERIES = [
  { stepMs: 10_000, keepMs: 2 * 3_600_000 },
  { stepMs: 60_000, keepMs: 48 * 3_600_000 },
  { stepMs: 600_000, keepMs: 31 * 24 * 3_600_000 },
] as const
export type StepMs = (typeof SERIES)[number]['stepMs']

/** One node over one stretch of time. */
export interface Sample extends Counts {
  node: string
  /** One start of it: a node that starts again within the stretch has two samples. */
  incarnation: string
  /** When the stretch begins, a multiple of stepMs: Unix milliseconds on the store's clock. */
  at: number
  stepMs: StepMs
  /** How much of the stretch this sample is about: rates are counts by this. */
  coveredMs: number
  /** Connections that were open at the end, by way. */
  open: Partial<Record<Way, number>>
  deliveries: number
  /** From draft to stored, as the node waited for the store. */
  append: Histogram
  /** From stored to handed to the connections of this node; on Redis as exact as the node knows its clock, about 1 ms. */
  delivery: Histogram
  /** The worst second's 99th percentile of event-loop delay. */
  loopDelayMs: number
  /** Of the whole process, which several nodes may share: the most resident memory and heap; seconds of CPU a second. */
  rssBytes: number
  heapBytes: number
  cpu: number
  /** That the process may use. */
  cores: number
}

/** One of the latest events of all nodes. */
export interface ArchivedEvent extends JournalLine {
  /** Counts up over all nodes and kinds. */
  n: number
  /** So many more of this kind came just before on this node, and stand in its file alone. */
  skipped?: number
}

/** Of each kind, so many of the latest events are kept, so that many messages do not push out an error. */
export const EVENTS_KEPT = 1_000

/** What one node has counted since its last flush. */
export interface Flush {
  incarnation: string
  /** 1, 2, 3 … within the incarnation; what was not acknowledged is said again under the same number. */
  number: number
  counts: Partial<Record<Way, Partial<Counts>>>
  deliveries: number
  /** As things are now, for the peaks. */
  now: Record<keyof Peaks, number>
  /** Whole, each replacing what was said before of the same stretch. */
  samples: Sample[]
  /** Oldest first; `json`: a JournalLine, with `skipped` where there is some. */
  events: { kind: Kind; json: string }[]
}
