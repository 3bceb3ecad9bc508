import type { Target } from '../../clients/transport.ts'
import type { AttackerPlan, UserPlan } from './plan.ts'

/** To a worker of attackers. */
export type AttackCommand =
  | { command: 'start'; target: Target; attackers: AttackerPlan[]; cores: number }
  | { command: 'stop' }
  | { command: 'exit' }

/** Commands, or frames, of one attacker or of several. offered = written + heldBack + unconnected. */
export interface AttackCounts {
  /** Due at the attackers' rates. */
  offered: number
  /** Handed to the kernel. */
  written: number
  /** Not written, since what was written before has not left yet. */
  heldBack: number
  /** Not written, since the attacker had no connection. */
  unconnected: number
  /** Answers that were no fault, and faults, as the attackers read them. */
  served: number
  refused: number
}

export interface AttackStats extends AttackCounts {
  attackers: number
  /** Of these, connected at the moment. */
  connected: number
  /** Connections that ended, by the reason that the attacker saw. */
  closed: Record<string, number>
  /** Processor time of this phase's worker, user and system. */
  cpuSeconds: number
  /** How long the attackers were paused, since they were above their share of a core. */
  throttledMs: number
}

/** Users lack an entry when another user of the room got it longer ago than this, in milliseconds. */
export const BEHIND_AFTER_MS = 300

/** To the worker of ordinary users. */
export type UsersCommand =
  | { command: 'start'; target: Target; users: UserPlan[]; perSecond: number }
  /** Begin a window: users send, newcomers arrive, and what was measured before is forgotten. */
  | { command: 'talk' }
  /** Send nothing more; what was sent is still awaited. */
  | { command: 'quiet' }
  | { command: 'report' }
  | { command: 'exit' }

export interface UsersStats {
  stats: {
    /** In all their rooms. */
    ready: number
    /** Sends without an answer. */
    pending: number
    /** User and room pairs that lack entries which others of the room got BEHIND_AFTER_MS ago. */
    behind: number
    /** Newcomers on their way in. */
    arriving: number
    sent: number
    delivered: number
    /** Department or lobby: the ids of users who have been in it for PRESENT_AFTER_MS. */
    present: Record<string, string[]>
  }
}

export interface UsersReport {
  report: {
    acks: number[]
    deliveries: number[]
    sent: number
    acknowledged: number
    delivered: number
    /** Sends without an answer at the end. */
    unanswered: number
    /** Fault codes of refused sends. */
    faults: Record<string, number>
    /** Connections of ordinary users that ended, by reason. */
    disconnects: Record<string, number>
    /** Entries that did not have the seq that was next. */
    outOfOrder: number
    /** Streams that ended with `room:stale`. */
    stale: number
    behind: number
    newcomers: { admitted: number[]; refused: Record<string, number> }
  }
}
