import { Histogram } from '../../measure/histogram.ts'
import type { PhaseReport, RetryReport } from './messages.ts'

/** Offered load relative to the measured capacity. */
export const FACTORS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3] as const

export const GOALS = { acknowledgedShare: 0.8, p99Ms: 500, storedShare: 0.01 }

export interface OverloadPhase {
  factor: number
  /** Acknowledged per second in a closed loop just before. */
  capacity: number
  /** Messages per second that were actually sent. */
  offered: number
  acknowledged: number
  refused: number
  faults: Record<string, number>
  unanswered: number
  /** From send to acknowledgement, milliseconds. */
  p50Ms: number
  p99Ms: number
  /** From send to fault, milliseconds. */
  refusedP99Ms: number
  retry: RetryReport
}

export interface OverloadOutcome {
  rooms: number
  seconds: number
  phases: OverloadPhase[]
  faults: string[]
}

export function phaseOf(
  { factor, capacity }: { factor: number; capacity: number },
  phase: PhaseReport,
  retry: RetryReport,
): OverloadPhase {
  const { seconds, offered, acceptedInTime, refused, faults, unanswered } = phase
  const rate = (count: number) => Math.round(count / seconds)
  const [acks, refusals] = [new Histogram(), new Histogram()]
  acks.merge(phase.acks)
  refusals.merge(phase.refusals)
  return {
    ...{ factor, capacity, offered: rate(offered), acknowledged: rate(acceptedInTime), refused: rate(refused) },
    ...{ faults, unanswered, p50Ms: acks.percentile(0.5), p99Ms: acks.percentile(0.99) },
    ...{ refusedP99Ms: refusals.percentile(0.99), retry },
  }
}

/** Share of resent messages that were already stored. */
export const storedShare = ({ retry }: OverloadPhase): number =>
  retry.retried === 0 ? 0 : retry.stored / retry.retried

/** Violations of docs/guarantees.md, one sentence each; empty if the run passed. */
export function overloadFaults(phases: readonly OverloadPhase[]): string[] {
  return phases.flatMap((phase) => {
    const { factor, capacity, acknowledged, offered, p99Ms, unanswered, retry } = phase
    const at = `${factor} × capacity:`
    const wanted = Math.round(GOALS.acknowledgedShare * capacity)
    const faults: string[] = []
    if (factor > 1 && offered < 0.95 * factor * capacity) {
      faults.push(`${at} void, only ${offered} a second were sent`)
    }
    if (factor > 1 && acknowledged < wanted) faults.push(`${at} ${acknowledged} a second acknowledged, not ${wanted}`)
    if (p99Ms > GOALS.p99Ms) faults.push(`${at} p99 of what was accepted is ${p99Ms} ms, not ${GOALS.p99Ms}`)
    const share = storedShare(phase)
    if (share > GOALS.storedShare) faults.push(`${at} ${(100 * share).toFixed(1)} % of what was refused is stored`)
    if (unanswered > 0) faults.push(`${at} ${unanswered} without an answer`)
    if (retry.unknown > 0) faults.push(`${at} ${retry.unknown} retries were refused repeatedly`)
    return faults
  })
}
