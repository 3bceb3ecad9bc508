import type { Target } from '../../clients/transport.ts'

/** To the worker of senders, or to that of listeners. */
export type OverloadCommand =
  /** Connect one client for each room and join it. */
  | { command: 'start'; target: Target; rooms: number; perSecond: number }
  /** Each client sends, awaits the answer, and sends again. */
  | { command: 'closed-loop'; seconds: number }
  /** Sends at random moments, whatever is answered. */
  | { command: 'open-loop'; perSecond: number; seconds: number; seed: number }
  /** Send again what the last phase saw refused, with the same clientId: at most `limit` of them, `inFlight` at a time. */
  | { command: 'retry'; limit: number; inFlight: number }
  | { command: 'exit' }

export interface OverloadStats {
  stats: {
    /** In their rooms. */
    ready: number
    /** The phase has sent all it had to send. */
    sent: boolean
    /** Without an answer. */
    pending: number
    /** Connections that ended. */
    lost: number
    /** Why the first of them did. */
    why?: string
  }
}

export interface PhaseReport {
  /** Messages sent, and how long that took, in seconds. */
  offered: number
  seconds: number
  /** Of these acknowledged, and acknowledged before the sending ended. */
  accepted: number
  acceptedInTime: number
  refused: number
  unanswered: number
  /** Fault codes. */
  faults: Record<string, number>
  /** From send to acknowledgement and from send to fault, as Delays packs them. */
  acks: number[]
  refusals: number[]
}

export interface RetryReport {
  retried: number
  /** Refused, yet in the log before the retry. */
  stored: number
  /** Refused again, so that nothing is known of them. */
  unknown: number
}

export type OverloadReport = { phase: PhaseReport } | { retry: RetryReport }
