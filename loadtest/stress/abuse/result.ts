import type { NodeMemory } from './memory-watch.ts'
import type { AttackStats } from './messages.ts'
import type { CounterSums } from './node-metrics.ts'
import type { Presence } from './presence-check.ts'

/** Ordinary users and attackers during one attack, against the sink or the cluster. */
export interface Measurement {
  /** From the first attacker's start to the last one's stop. */
  seconds: number
  /** Milliseconds. */
  ack: Percentiles
  delivery: Percentiles
  sent: number
  acknowledged: number
  delivered: number
  unanswered: number
  faults: Record<string, number>
  disconnects: Record<string, number>
  outOfOrder: number
  stale: number
  behind: number
  newcomers: { admitted: number; refused: Record<string, number>; p50: number; worst: number }
  attack: AttackStats
  /** Average number of cores used by the attackers. */
  attackCores: number
}

export interface Percentiles {
  p50: number
  p99: number
}

export interface PhaseResult {
  phase: string
  title: string
  /** Required commands per second; undefined: no requirement. */
  offeredAtLeast?: number
  /** Ordinary users who had joined their rooms when the phase started. */
  users: { ready: number; all: number }
  control: Measurement
  attack: Measurement
  presence: Presence
  memory: NodeMemory[]
  /** Counters of the nodes during the attack. */
  counters: CounterSums
  /** Slowest response of /healthz, milliseconds. */
  healthMs: number
  /** Failures of the server, one sentence each; empty if it passed. */
  faults: string[]
  /** Reasons why the phase is void, one sentence each. */
  voids: string[]
}

export interface AbuseOutcome {
  preset: 'abuse'
  seed: number
  users: number
  secondsAPhase: number
  phases: PhaseResult[]
}
