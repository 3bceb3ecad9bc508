import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../clients/transport.ts'
import { Histogram } from '../measure/histogram.ts'
import type { ClientReport, PoolCommand, Report, Talking, WorkerStats } from './messages.ts'
import type { LoadPreset } from './presets.ts'
import { WorkerPool } from './worker-pool.ts'

const PROGRAM = 'loadtest/stress/worker.js'
const CLIENTS_PER_PROCESS = 1_500
const ARRIVALS_PER_SECOND = 300
const POLL_MS = 50

export type Sum = WorkerStats

/** All clients of a run, in worker processes. */
export class UserPool {
  readonly #pool: WorkerPool<PoolCommand, { stats: WorkerStats }>
  readonly #reports = new Map<ChildProcess, Extract<Report, { reports: unknown }>>()

  constructor(
    private readonly preset: LoadPreset,
    private readonly target: Target,
  ) {
    this.#pool = new WorkerPool({
      program: PROGRAM,
      processes: Math.ceil(preset.clients / CLIENTS_PER_PROCESS),
      isStats: (report) => 'stats' in (report as Report),
      onMessage: (worker, report) => this.#reports.set(worker, report as Extract<Report, { reports: unknown }>),
    })
  }

  connect(): void {
    const { kind, clients, bytes } = this.preset
    const { workers } = this.#pool
    // A random address: one loopback address has about 28,000 ports, and recently closed connections occupy some.
    const net = 1 + Math.floor(Math.random() * 200)
    for (const [p, worker] of workers.entries()) {
      const numbers = Array.from({ length: clients }, (_, i) => i).filter((i) => i % workers.length === p)
      const localAddress = this.target.host === '127.0.0.1' ? `127.0.${net}.${2 + p}` : undefined
      const perSecond = ARRIVALS_PER_SECOND / workers.length
      const what = { kind, target: this.target, localAddress, numbers, bytes, perSecond }
      this.#pool.send(worker, { type: 'connect', what })
    }
  }

  talk({ paced, messages }: Talking): void {
    this.#pool.broadcast({ type: 'talk', what: { paced, messages } })
  }

  /** Reports of all clients, and all delays. */
  async report(timeoutMs: number): Promise<{ reports: ClientReport[]; delays: Histogram }> {
    this.#pool.broadcast({ type: 'report' })
    const all = await this.#pool.waitFor(() => this.#reports.size === this.#pool.workers.length, timeoutMs)
    if (!all) throw new Error('a worker process does not respond')
    const delays = new Histogram()
    for (const each of this.#reports.values()) delays.merge(each.delays)
    return { reports: [...this.#reports.values()].flatMap(({ reports }) => reports), delays }
  }

  /** Undefined until every worker has reported. */
  get sum(): Sum | undefined {
    const allStats = this.#pool.stats
    if (allStats.length === 0) return undefined
    const sum: Sum = {
      ...{ live: 0, putOff: 0, offered: 0, sent: 0, heldBack: 0, received: 0, wrong: 0, rssBytes: 0 },
      ...{ ended: {}, talked: true },
    }
    for (const { stats } of allStats) {
      const { ended, talked, ...counts } = stats
      for (const [name, count] of Object.entries(counts)) sum[name as keyof typeof counts] += count
      for (const [why, count] of Object.entries(ended)) sum.ended[why] = (sum.ended[why] ?? 0) + count
      sum.talked &&= talked
    }
    return sum
  }

  /** Resolves with true when the sum satisfies `fits`, with false when nothing has changed for `patienceMs`. */
  async until(condition: (sum: Sum) => boolean, timeoutMs: number, progress: (sum: Sum) => void): Promise<boolean> {
    let [before, changedAt] = ['', performance.now()]
    for (;;) {
      const { sum } = this
      this.#pool.check()
      if (sum) {
        progress(sum)
        if (condition(sum)) return true
        const { live, sent, received, offered, putOff } = sum
        const now = `${live} ${sent} ${received} ${offered} ${putOff}`
        if (now !== before) [before, changedAt] = [now, performance.now()]
      }
      if (performance.now() - changedAt > timeoutMs) return false
      await delay(POLL_MS)
    }
  }

  stop(): Promise<void> {
    return this.#pool.stop({ type: 'stop' })
  }
}
