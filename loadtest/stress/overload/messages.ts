import type { Target } from '../../clients/transport.ts'

/** Messages to the worker of senders or of listeners. */
export type OverloadCommand =
  /** Connect one client per room and join it. */
  | { command: 'start'; target: Target; rooms: number; perSecond: number }
  /** Each client sends, waits for the response, and sends again. */
  | { command: 'closed-loop'; seconds: number }
  /** Send at random times, independent of responses. */
  | { command: 'open-loop'; perSecond: number; seconds: number; seed: number }
  /** Resend messages that the last phase refused with the same clientId: at most `limit`, `inFlight` at a time. */
  | { command: 'retry'; limit: number; inFlight: number }
  | { command: 'exit' }

export interface OverloadStats {
  stats: {
    /** Joined to their rooms. */
    ready: number
    /** The phase has sent all of its messages. */
    sent: boolean
    /** Sends without a response. */
    pending: number
    /** Closed connections. */
    lost: number
    /** Reason of the first closed connection. */
    why?: string
  }
}

export interface PhaseReport {
  /** Messages sent, and the duration of sending in seconds. */
  offered: number
  seconds: number
  /** Acknowledged messages, and those acknowledged before sending ended. */
  accepted: number
  acceptedInTime: number
  refused: number
  unanswered: number
  /** Fault codes. */
  faults: Record<string, number>
  /** From send to acknowledgement and from send to fault, as packed by Histogram. */
  acks: number[]
  refusals: number[]
}

export interface RetryReport {
  retried: number
  /** Refused, but found in the log. */
  stored: number
  /** Refused repeatedly, so that their state is unknown. */
  unknown: number
}

export type OverloadReport = { phase: PhaseReport } | { retry: RetryReport }
