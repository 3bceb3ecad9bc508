import type { Target } from '../../clients/transport.ts'
import type { AttackerPlan, UserPlan } from './plan.ts'

/** Messages to a worker of attackers. */
export type AttackCommand =
  | { command: 'start'; target: Target; attackers: AttackerPlan[]; cores: number }
  | { command: 'stop' }
  | { command: 'exit' }

/** Commands or frames of one or more attackers. offered = written + heldBack + unconnected. */
export interface AttackCounts {
  /** Due at the attackers' rates. */
  offered: number
  /** Passed to the kernel. */
  written: number
  /** Not written because earlier data is still unsent. */
  heldBack: number
  /** Not written because the attacker had no connection. */
  unconnected: number
  /** Successful responses and faults, as read by the attackers. */
  served: number
  refused: number
}

export interface AttackStats extends AttackCounts {
  attackers: number
  /** Currently connected. */
  connected: number
  /** Closed connections by reason, as seen by the attackers. */
  closed: Record<string, number>
  /** CPU time of the workers in this phase (user and system). */
  cpuSeconds: number
  /** Time for which attackers were paused because they exceeded their share of a core. */
  throttledMs: number
}

/** A user lacks an entry if another user of the room received it longer ago than this, milliseconds. */
export const BEHIND_AFTER_MS = 300

/** Messages to the worker of ordinary users. */
export type UsersCommand =
  | { command: 'start'; target: Target; users: UserPlan[]; perSecond: number }
  /** Start a measurement window: users send, newcomers connect, earlier measurements are dropped. */
  | { command: 'talk' }
  /** Stop sending; earlier sends are still awaited. */
  | { command: 'quiet' }
  | { command: 'report' }
  | { command: 'exit' }

export interface UsersStats {
  stats: {
    /** Joined to all their rooms. */
    ready: number
    /** Sends without a response. */
    pending: number
    /** User and room pairs that lack entries which others in the room received BEHIND_AFTER_MS ago. */
    behind: number
    /** Newcomers being admitted. */
    arriving: number
    sent: number
    delivered: number
    /** By room: ids of users who have been joined for PRESENT_AFTER_MS. */
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
    /** Sends without a response at the end. */
    unanswered: number
    /** Fault codes of refused sends. */
    faults: Record<string, number>
    /** Closed connections of ordinary users, by reason. */
    disconnects: Record<string, number>
    /** Entries without the next expected seq. */
    outOfOrder: number
    /** Streams ended with `room:stale`. */
    stale: number
    behind: number
    newcomers: { admitted: number[]; refused: Record<string, number> }
  }
}
