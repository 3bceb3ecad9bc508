import type { Target } from '../clients/transport.ts'

/** Messages to a worker process. */
export type PoolCommand =
  | { type: 'connect'; what: ConnectPlan }
  | { type: 'talk'; what: Talking }
  /** Requests a `Told` report. */
  | { type: 'report' }
  | { type: 'stop' }

export interface ConnectPlan {
  kind: 'strangers' | 'loop'
  target: Target
  localAddress: string | undefined
  /** Numbers of the clients, unique in the run. */
  numbers: number[]
  bytes: number
  /** Connections opened per second. */
  perSecond: number
}

/**
 * Either one message per client at an interval for a duration, or a number of messages as fast as they can be written;
 * a loop needs neither.
 */
export interface Talking {
  paced?: { everyMs: number; seconds: number }
  messages?: number
}

/** Periodic report of a worker: sums over its clients. */
export interface WorkerStats {
  /** Connected and, for strangers, paired. */
  live: number
  /** Handshakes refused with 503 and retried. */
  putOff: number
  offered: number
  sent: number
  heldBack: number
  received: number
  /** Frames that are unexpected, out of order, duplicated or truncated. */
  wrong: number
  /** Clients whose connection or pair ended prematurely, by reason. */
  ended: Record<string, number>
  /** All messages have been sent. */
  talked: boolean
  rssBytes: number
}

/** Final report of one client. */
export interface ClientReport {
  number: number
  sent: number
  received: number
  /** The sender of the received messages; undefined if there were none. */
  partner?: number
}

export type Report =
  | { stats: WorkerStats }
  /** `delays` from send to delivery, as packed by Histogram. */
  | { reports: ClientReport[]; delays: number[] }
