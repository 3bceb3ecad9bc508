import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../../clients/transport.ts'
import { WorkerPool } from '../worker-pool.ts'
import type { OverloadCommand, OverloadReport, OverloadStats, PhaseReport, RetryReport } from './messages.ts'
import { FACTORS, type OverloadOutcome, type OverloadPhase, overloadFaults, phaseOf } from './result.ts'

const ARRIVALS_PER_SECOND = 200
const READY_WITHIN_MS = 60_000
const WARM_UP_SECONDS = 3
/** Capacity is measured before each phase, because other programs affect the machine. */
const CAPACITY_SECONDS = 5
/** Longer than any node queues a command. */
const ANSWERED_WITHIN_MS = 5_000
/** Before refused messages are resent: longer than a command can take to reach the log. */
const SETTLE_MS = 3_000
const RETRIED_MOST = 2_000
const RETRY_IN_FLIGHT = 20
const RETRY_WITHIN_MS = 60_000

export interface OverloadOptions {
  /** The node that receives all sends, and the one that all listeners use. */
  sendTo: Target
  listenAt: Target
  /** Each room has one sender and one listener. */
  rooms: number
  seconds: number
  seed: number
  factors?: readonly number[]
  /** Messages per second; measured if undefined. */
  capacity?: number
  progress?(doing: string): void
  done?(phase: OverloadPhase): void
}

type Pool = WorkerPool<OverloadCommand, OverloadStats>

/** Offers more than the nodes can process and checks what is acknowledged, refused and stored. */
export async function overload(options: OverloadOptions): Promise<OverloadOutcome> {
  const { sendTo, listenAt, rooms, seconds, seed, factors = FACTORS, progress = () => {}, done } = options
  const reports: OverloadReport[] = []
  const program = 'loadtest/stress/overload/worker.js'
  const isStats = (message: unknown) => 'stats' in (message as object)
  const senders: Pool = new WorkerPool({
    ...{ program, processes: 1, isStats },
    onMessage: (_, message) => reports.push(message as OverloadReport),
  })
  const listeners: Pool = new WorkerPool({ program, processes: 1, isStats })
  try {
    progress('clients connect')
    for (const [pool, target] of [[senders, sendTo] as const, [listeners, listenAt] as const]) {
      pool.broadcast({ command: 'start', target, rooms, perSecond: ARRIVALS_PER_SECOND })
    }
    await Promise.all([ready(senders, rooms), ready(listeners, rooms)])
    await measure({ command: 'closed-loop', seconds: WARM_UP_SECONDS })
    const phases: OverloadPhase[] = []
    for (const [i, factor] of factors.entries()) {
      progress(`${factor} × capacity: measuring it`)
      const capacity = options.capacity ?? (await measuredCapacity())
      progress(`${factor} × ${capacity} messages a second`)
      const { phase, retry } = await measure({
        ...{ command: 'open-loop', perSecond: factor * capacity, seconds, seed: seed + i },
      })
      phases.push(phaseOf({ factor, capacity }, phase, retry))
      done?.(phases.at(-1)!)
    }
    const faults = overloadFaults(phases)
    const { lost, why } = senders.stats[0]!.stats
    if (lost > 0) faults.push(`${lost} connections ended: ${why}`)
    return { rooms, seconds, phases, faults }
  } finally {
    await Promise.all([senders.stop({ command: 'exit' }), listeners.stop({ command: 'exit' })])
  }

  async function measuredCapacity(): Promise<number> {
    const { phase } = await measure({ command: 'closed-loop', seconds: CAPACITY_SECONDS })
    return Math.round(phase.acceptedInTime / phase.seconds)
  }

  /** Runs one phase and determines which of its refused messages were stored. */
  async function measure(command: OverloadCommand): Promise<{ phase: PhaseReport; retry: RetryReport }> {
    reports.length = 0
    senders.broadcast(command)
    const { seconds } = command as { seconds: number }
    // Skips statistics from before the command, which report that all is sent.
    await delay(500)
    await senders.waitFor(() => senders.stats[0]!.stats.sent, 3 * seconds * 1_000 + ANSWERED_WITHIN_MS)
    await senders.waitFor(() => senders.stats[0]!.stats.pending === 0, ANSWERED_WITHIN_MS)
    await delay(SETTLE_MS)
    senders.broadcast({ command: 'retry', limit: RETRIED_MOST, inFlight: RETRY_IN_FLIGHT })
    if (!(await senders.waitFor(() => reports.length === 2, RETRY_WITHIN_MS))) {
      throw new Error('resending refused messages timed out after 60 s')
    }
    const [phase, retry] = reports as [{ phase: PhaseReport }, { retry: RetryReport }]
    return { ...phase, ...retry }
  }
}

async function ready(pool: Pool, rooms: number): Promise<void> {
  if (await pool.waitFor(() => pool.stats[0]?.stats.ready === rooms, READY_WITHIN_MS)) return
  const { ready = 0, why } = pool.stats[0]?.stats ?? {}
  throw new Error(`${ready} of ${rooms} clients joined within 60 s${why ? `: ${why}` : ''}`)
}
