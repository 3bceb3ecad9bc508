import type { NodeMemory } from './memory-watch.ts'
import type { AttackStats } from './messages.ts'
import type { CounterSums } from './node-metrics.ts'
import type { Presence } from './presence-check.ts'

/** What ordinary users and attackers did while the same attack ran, against the sink or against the cluster. */
export interface Measurement {
  /** From the first attacker to the stop of the last one. */
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
  /** Cores that the attackers used, on average. */
  attackCores: number
}

export interface Percentiles {
  p50: number
  p99: number
}

export interface PhaseResult {
  phase: string
  title: string
  /** Commands per second; none: the phase needs no number of them. */
  offeredAtLeast?: number
  /** Ordinary users who were in their rooms when the phase began. */
  users: { ready: number; all: number }
  control: Measurement
  attack: Measurement
  presence: Presence
  memory: NodeMemory[]
  /** What the nodes counted during the attack. */
  counters: CounterSums
  /** The slowest answer of /healthz, in milliseconds. */
  healthMs: number
  /** Sentences; none: the product held. */
  faults: string[]
  /** Sentences; any: the phase proves nothing. */
  voids: string[]
}

export interface AbuseOutcome {
  preset: 'abuse'
  seed: number
  users: number
  secondsAPhase: number
  phases: PhaseResult[]
}
