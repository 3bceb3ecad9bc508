import type { Target } from '../clients/transport.ts'

/** Messages to a worker process. */
export type PoolCommand =
  | { order: 'come'; what: Coming }
  | { order: 'talk'; what: Talking }
  /** Requests a `Told` report. */
  | { order: 'tell' }
  | { order: 'leave' }

export interface Coming {
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
export interface Account {
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
export interface Told {
  number: number
  sent: number
  received: number
  /** The sender of the received messages; undefined if there were none. */
  partner?: number
}

export type Report =
  | { account: Account }
  /** `delays` from send to delivery, as packed by Histogram. */
  | { told: Told[]; delays: number[] }
