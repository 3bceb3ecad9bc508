import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ROOT } from '../../server/local/root.ts'
import type { Target } from '../clients/transport.ts'
import { Histogram } from '../measure/histogram.ts'
import type { DeliveryReport, PoolCommand, Report, WorkerStats } from './messages.ts'
import { addressesOf, type Plan, roomsOf } from './plan.ts'

// Compiled, because Node 20 cannot run TypeScript.
const PROGRAM = join(ROOT, 'dist', 'loadtest', 'connections', 'worker.js')
const POLL_MS = 50
const ANSWER_WITHIN_MS = 60_000
const LEAVE_WITHIN_MS = 10_000

export type Sum = WorkerStats

/** All virtual users, in worker processes. */
export class ConnectionPool {
  readonly #children: ChildProcess[] = []
  readonly #stats = new Map<ChildProcess, WorkerStats>()
  readonly #deliveryReports = new Map<ChildProcess, DeliveryReport>()
  #failed = false

  constructor(private readonly plan: Plan) {
    for (let p = 0; p < plan.processes; p++) {
      const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      child.on('message', (report: Report) => {
        if ('stats' in report) this.#stats.set(child, report.stats)
        else this.#deliveryReports.set(child, report.deliveryReport)
      })
      child.once('exit', (code) => {
        if (code !== 0) this.#failed = true
      })
      this.#children.push(child)
    }
  }

  get pids(): number[] {
    return this.#children.map(({ pid }) => pid!)
  }

  /** Resolves when the workers run, before any connection is opened. */
  async ready(): Promise<void> {
    await this.#waitForStats('the worker processes to start')
  }

  /** Opens connections in order, `arriving` at a time, so that rooms fill one after the other. */
  connect(target: Target, arriving: number): void {
    const { count, transport, processes } = this.plan
    const run = 1 + Math.floor(Math.random() * 250)
    for (const [p, child] of this.#children.entries()) {
      const rooms = Array.from({ length: Math.ceil((count - p) / processes) }, (_, i) => roomsOf(p + i * processes))
      const addresses = addressesOf(p, rooms.length, run)
      this.#send(child, {
        type: 'connect',
        ...{ transport, target, addresses, rooms },
        arriving: Math.ceil(arriving / processes),
      })
    }
  }

  send(room: string, number: number): void {
    // Every process has members of each of these rooms.
    this.#send(this.#children[number % this.#children.length]!, { type: 'send', room, number })
  }

  /** Deliveries since the last call. */
  async heard(): Promise<{ heard: number; twice: number; delays: Histogram }> {
    this.#deliveryReports.clear()
    for (const child of this.#children) this.#send(child, { type: 'report' })
    await this.until(
      () => this.#deliveryReports.size === this.#children.length,
      ANSWER_WITHIN_MS,
      'the delivery reports',
    )
    const sum = { heard: 0, twice: 0, delays: new Histogram() }
    for (const { heard, twice, delays } of this.#deliveryReports.values()) {
      sum.heard += heard
      sum.twice += twice
      sum.delays.merge(delays)
    }
    // Waits for new accounts, because earlier ones count the same deliveries.
    this.#stats.clear()
    await this.#waitForStats('fresh statistics')
    return sum
  }

  get sum(): Sum {
    const sum: Sum = { live: 0, nodes: {}, retries: {}, lost: 0, heard: 0, accepted: 0, refused: 0 }
    for (const stats of this.#stats.values()) {
      for (const key of ['live', 'lost', 'heard', 'accepted', 'refused'] as const) sum[key] += stats[key]
      for (const key of ['nodes', 'retries'] as const) {
        for (const [name, count] of Object.entries(stats[key])) sum[key][name] = (sum[key][name] ?? 0) + count
      }
      sum.why ??= stats.why
    }
    return sum
  }

  /** Rejects if `progress` does not grow for `patienceMs`. */
  async until(
    condition: (sum: Sum) => boolean,
    timeoutMs: number,
    what: string,
    progress: (sum: Sum) => number = () => 0,
  ): Promise<void> {
    let [best, since] = [0, performance.now()]
    for (;;) {
      const { sum } = this
      if (condition(sum)) return
      if (this.#failed) throw new Error('a worker process failed; its output is above')
      const now = progress(sum)
      if (now > best) [best, since] = [now, performance.now()]
      if (performance.now() - since > timeoutMs) {
        const { nodes, ...rest } = sum
        throw new Error(`timed out after ${timeoutMs / 1_000} s waiting for ${what} (${JSON.stringify(rest)})`)
      }
      await delay(POLL_MS)
    }
  }

  #waitForStats(what: string): Promise<void> {
    return this.until(() => this.#stats.size === this.#children.length, ANSWER_WITHIN_MS, what)
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const exited = once(child, 'exit')
        this.#send(child, { type: 'stop' })
        const late = setTimeout(() => child.kill('SIGKILL'), LEAVE_WITHIN_MS)
        await exited
        clearTimeout(late)
      }),
    )
  }

  #send(child: ChildProcess, poolCommand: PoolCommand): void {
    if (child.connected) child.send(poolCommand)
  }
}
