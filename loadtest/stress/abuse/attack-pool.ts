import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../../clients/transport.ts'
import { WorkerPool } from '../worker-pool.ts'
import { noCounts } from './attacker.ts'
import type { AttackCommand, AttackStats } from './messages.ts'
import type { AttackerPlan } from './plan.ts'
import { ATTACK_CORES } from './verdict.ts'

const PROCESSES = 2
/** Longer than the interval between two statistics of a worker. */
const STATS_WITHIN_MS = 300

/** All attackers, in low-priority processes that share half a core. */
export class AttackPool {
  readonly #pool = new WorkerPool<AttackCommand, AttackStats>({
    program: 'loadtest/stress/abuse/attack-worker.js',
    processes: PROCESSES,
  })

  start(target: Target, attackers: readonly AttackerPlan[]): void {
    for (const [p, worker] of this.#pool.workers.entries()) {
      const own = attackers.filter((_, i) => i % PROCESSES === p)
      this.#pool.send(worker, { command: 'start', target, attackers: own, cores: ATTACK_CORES / PROCESSES })
    }
  }

  /** Closes all connections of the attackers; resolves with their statistics. */
  async stop(): Promise<AttackStats> {
    this.#pool.broadcast({ command: 'stop' })
    await delay(STATS_WITHIN_MS)
    return this.stats
  }

  get stats(): AttackStats {
    this.#pool.check()
    const sum: AttackStats = { ...noCounts(), attackers: 0, connected: 0, closed: {}, cpuSeconds: 0, throttledMs: 0 }
    for (const { closed, ...counts } of this.#pool.stats) {
      for (const [name, count] of Object.entries(counts)) sum[name as 'offered'] += count
      for (const [why, many] of Object.entries(closed)) sum.closed[why] = (sum.closed[why] ?? 0) + many
    }
    return sum
  }

  close(): Promise<void> {
    return this.#pool.stop({ command: 'exit' })
  }
}
