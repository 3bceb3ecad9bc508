import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../clients/transport.ts'
import { Histogram } from '../measure/histogram.ts'
import type { Account, PoolCommand, Report, Talking, Told } from './messages.ts'
import type { LoadPreset } from './presets.ts'
import { WorkerPool } from './worker-pool.ts'

const PROGRAM = 'loadtest/stress/worker.js'
const CLIENTS_A_PROCESS = 1_500
const ARRIVALS_A_SECOND = 300
const LOOK_EVERY_MS = 50

export type Sum = Account

/** All clients of a run, in worker processes. */
export class UserPool {
  readonly #pool: WorkerPool<PoolCommand, { account: Account }>
  readonly #told = new Map<ChildProcess, Extract<Report, { told: unknown }>>()

  constructor(
    private readonly preset: LoadPreset,
    private readonly target: Target,
  ) {
    this.#pool = new WorkerPool({
      program: PROGRAM,
      processes: Math.ceil(preset.clients / CLIENTS_A_PROCESS),
      isStats: (report) => 'account' in (report as Report),
      onMessage: (worker, report) => this.#told.set(worker, report as Extract<Report, { told: unknown }>),
    })
  }

  come(): void {
    const { kind, clients, bytes } = this.preset
    const { workers } = this.#pool
    // A random address: one loopback address has about 28,000 ports, and recently closed connections occupy some.
    const net = 1 + Math.floor(Math.random() * 200)
    for (const [p, worker] of workers.entries()) {
      const numbers = Array.from({ length: clients }, (_, i) => i).filter((i) => i % workers.length === p)
      const localAddress = this.target.host === '127.0.0.1' ? `127.0.${net}.${2 + p}` : undefined
      const perSecond = ARRIVALS_A_SECOND / workers.length
      const what = { kind, target: this.target, localAddress, numbers, bytes, perSecond }
      this.#pool.send(worker, { order: 'come', what })
    }
  }

  talk({ paced, messages }: Talking): void {
    this.#pool.broadcast({ order: 'talk', what: { paced, messages } })
  }

  /** Reports of all clients, and all delays. */
  async tell(patienceMs: number): Promise<{ told: Told[]; delays: Histogram }> {
    this.#pool.broadcast({ order: 'tell' })
    const all = await this.#pool.waitFor(() => this.#told.size === this.#pool.workers.length, patienceMs)
    if (!all) throw new Error('a process of clients does not answer')
    const delays = new Histogram()
    for (const each of this.#told.values()) delays.merge(each.delays)
    return { told: [...this.#told.values()].flatMap(({ told }) => told), delays }
  }

  /** Undefined until every worker has reported. */
  get sum(): Sum | undefined {
    const accounts = this.#pool.stats
    if (accounts.length === 0) return undefined
    const sum: Sum = {
      ...{ live: 0, putOff: 0, offered: 0, sent: 0, heldBack: 0, received: 0, wrong: 0, rssBytes: 0 },
      ...{ ended: {}, talked: true },
    }
    for (const { account } of accounts) {
      const { ended, talked, ...counts } = account
      for (const [name, count] of Object.entries(counts)) sum[name as keyof typeof counts] += count
      for (const [why, count] of Object.entries(ended)) sum.ended[why] = (sum.ended[why] ?? 0) + count
      sum.talked &&= talked
    }
    return sum
  }

  /** Resolves with true when the sum satisfies `fits`, with false when nothing has changed for `patienceMs`. */
  async until(fits: (sum: Sum) => boolean, patienceMs: number, progress: (sum: Sum) => void): Promise<boolean> {
    let [before, changedAt] = ['', performance.now()]
    for (;;) {
      const { sum } = this
      this.#pool.check()
      if (sum) {
        progress(sum)
        if (fits(sum)) return true
        const { live, sent, received, offered, putOff } = sum
        const now = `${live} ${sent} ${received} ${offered} ${putOff}`
        if (now !== before) [before, changedAt] = [now, performance.now()]
      }
      if (performance.now() - changedAt > patienceMs) return false
      await delay(LOOK_EVERY_MS)
    }
  }

  leave(): Promise<void> {
    return this.#pool.stop({ order: 'leave' })
  }
}
