import type { Entry } from '../../protocol/entry.ts'
import type { Histogram } from './histogram.ts'

/** Kinds of events. `start` and `drain` are about the node itself; `error` is an unexpected error, not a fault. */
export const KINDS = ['start', 'connection', 'match', 'message', 'disconnect', 'error', 'drain'] as const
export type Kind = (typeof KINDS)[number]

/**
 * The protocol of an event: Socket.IO over one of its transports, a plain-WebSocket dialect, `rest`, `http` for all other
 * requests (page, sign-in, health), and `node` for events of the node itself. A connection that upgrades is counted as
 * opened by `polling` and closed by `websocket`.
 */
export const WAYS = ['websocket', 'polling', 'text', 'json', 'events', 'strangers', 'rest', 'http', 'node'] as const
export type Way = (typeof WAYS)[number]

/** One event. Never contains message text, only its size. */
export interface JournalEvent {
  kind: Kind
  way: Way
  /** The id of the user. */
  user?: string
  /** For people: the cause of a disconnect, or the message of an error. */
  reason?: string
  /** For a message: the length of its text in UTF-8. */
  bytes?: number
}

/** A node's event log. Recording never blocks, waits or throws. */
export interface Journal {
  /** Counts the event, and writes it to this node's file and to the archive's latest events. */
  record(journalEvent: JournalEvent): void
  /** Records the latency of an append in seconds. */
  appended(seconds: number): void
  /** Records that entries, oldest first, were delivered to `connections` connections. */
  delivered(entries: readonly Entry[], connections: number): void
  /**
   * Payload of TCP connections: with HTTP and WebSocket framing, without TLS (terminated by the load balancer), TCP and IP.
   * Bytes of open WebSockets are counted within a few seconds, those of a request after its response.
   */
  bytes(way: Way, bytesIn: number, bytesOut: number): void
  /**
   * Totals of the cluster, including all counts of this node, except while the store is full. Rejects if the store is
   * unavailable.
   */
  totals(): Promise<Totals>
}

/** An event as stored: one line of JSON, with the keys in this order and without undefined values. */
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
  /** Matches made. */
  matches: number
  /** Messages stored, without edits, deletions and reactions; retries are counted once. */
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

/** Cluster-wide peaks; rates are measured over about one second. */
export const PEAKS = [
  'connections',
  'messagesPerSecond',
  'bytesInPerSecond',
  'bytesOutPerSecond',
  'deliveriesPerSecond',
] as const
export type Peaks = Record<(typeof PEAKS)[number], Peak>

/** Totals of all nodes over all restarts. */
export interface Totals extends Counts {
  /** When counting began, in Unix milliseconds on the store's clock; 0 before the first count. */
  since: number
  /** Entries delivered to connections: one entry to ten connections counts ten. */
  deliveries: number
  peaks: Peaks
  /** The counts above by protocol. */
  by: Record<Way, Counts>
}

/** The intervals of the time series and their retention; at most about 5,000 samples per node. */
export const SERIES = [
  { stepMs: 10_000, keepMs: 2 * 3_600_000 },
  { stepMs: 60_000, keepMs: 48 * 3_600_000 },
  { stepMs: 600_000, keepMs: 31 * 24 * 3_600_000 },
] as const
export type StepMs = (typeof SERIES)[number]['stepMs']

/** The counts of one node in one interval. */
export interface Sample extends Counts {
  node: string
  /** One start of the node: a node that restarts within the interval has two samples. */
  incarnation: string
  /** The start of the interval, a multiple of stepMs: Unix milliseconds on the store's clock. */
  at: number
  stepMs: StepMs
  /** The part of the interval that this sample covers; rates are counts divided by this. */
  coveredMs: number
  /** Open connections at the end of the interval, by protocol. */
  open: Partial<Record<Way, number>>
  deliveries: number
  /** From draft to stored, as the node waited for the store. */
  append: Histogram
  /** From stored to handed to the connections of this node; on Redis as exact as the node knows its clock, about 1 ms. */
  delivery: Histogram
  /** The maximum over all seconds of the 99th percentile of event-loop delay. */
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
  /** A sequence number over all nodes and kinds. */
  n: number
  /** The number of events of this kind omitted before this one; they are only in the node's file. */
  skipped?: number
}

/** The number of latest events kept per kind, so that many messages do not evict errors. */
export const EVENTS_KEPT = 1_000

/** What one node has counted since its last flush. */
export interface Flush {
  incarnation: string
  /** 1, 2, 3 … within the incarnation; an unacknowledged flush is sent again with the same number. */
  number: number
  counts: Partial<Record<Way, Partial<Counts>>>
  deliveries: number
  /** The current values, for the peaks. */
  now: Record<keyof Peaks, number>
  /** Each sample replaces an earlier one of the same interval. */
  samples: Sample[]
  /** Oldest first; `json`: a JournalLine, with `skipped` where there is some. */
  events: { kind: Kind; json: string }[]
}
