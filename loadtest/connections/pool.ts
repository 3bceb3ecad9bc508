import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ROOT } from '../../server/local/root.ts'
import type { Target } from '../clients/transport.ts'
import { Histogram } from '../measure/histogram.ts'
import type { Account, PoolCommand, Report, Told } from './messages.ts'
import { addressesOf, type Plan, roomsOf } from './plan.ts'

// Compiled, because Node 20 cannot run TypeScript.
const PROGRAM = join(ROOT, 'dist', 'loadtest', 'connections', 'worker.js')
const LOOK_EVERY_MS = 50
const ANSWER_WITHIN_MS = 60_000
const LEAVE_WITHIN_MS = 10_000

export type Sum = Account

/** All virtual users, in worker processes. */
export class ConnectionPool {
  readonly #children: ChildProcess[] = []
  readonly #accounts = new Map<ChildProcess, Account>()
  readonly #told = new Map<ChildProcess, Told>()
  #failed = false

  constructor(private readonly plan: Plan) {
    for (let p = 0; p < plan.processes; p++) {
      const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      child.on('message', (report: Report) => {
        if ('account' in report) this.#accounts.set(child, report.account)
        else this.#told.set(child, report.told)
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
    await this.#accounted('the processes of visitors begin')
  }

  /** Opens connections in order, `arriving` at a time, so that rooms fill one after the other. */
  come(target: Target, arriving: number): void {
    const { count, transport, processes } = this.plan
    const run = 1 + Math.floor(Math.random() * 250)
    for (const [p, child] of this.#children.entries()) {
      const rooms = Array.from({ length: Math.ceil((count - p) / processes) }, (_, i) => roomsOf(p + i * processes))
      const addresses = addressesOf(p, rooms.length, run)
      this.#tell(child, {
        order: 'come',
        ...{ transport, target, addresses, rooms },
        arriving: Math.ceil(arriving / processes),
      })
    }
  }

  say(room: string, number: number): void {
    // Every process has members of each of these rooms.
    this.#tell(this.#children[number % this.#children.length]!, { order: 'say', room, number })
  }

  /** Deliveries since the last call. */
  async heard(): Promise<{ heard: number; twice: number; delays: Histogram }> {
    this.#told.clear()
    for (const child of this.#children) this.#tell(child, { order: 'tell' })
    await this.until(
      () => this.#told.size === this.#children.length,
      ANSWER_WITHIN_MS,
      'the visitors say what they heard',
    )
    const sum = { heard: 0, twice: 0, delays: new Histogram() }
    for (const { heard, twice, delays } of this.#told.values()) {
      sum.heard += heard
      sum.twice += twice
      sum.delays.merge(delays)
    }
    // Waits for new accounts, because earlier ones count the same deliveries.
    this.#accounts.clear()
    await this.#accounted('the visitors count afresh')
    return sum
  }

  get sum(): Sum {
    const sum: Sum = { live: 0, nodes: {}, retries: {}, lost: 0, heard: 0, accepted: 0, refused: 0 }
    for (const account of this.#accounts.values()) {
      for (const key of ['live', 'lost', 'heard', 'accepted', 'refused'] as const) sum[key] += account[key]
      for (const key of ['nodes', 'retries'] as const) {
        for (const [name, count] of Object.entries(account[key])) sum[key][name] = (sum[key][name] ?? 0) + count
      }
      sum.why ??= account.why
    }
    return sum
  }

  /** Rejects if `progress` does not grow for `patienceMs`. */
  async until(
    fits: (sum: Sum) => boolean,
    patienceMs: number,
    what: string,
    progress: (sum: Sum) => number = () => 0,
  ): Promise<void> {
    let [best, since] = [0, performance.now()]
    for (;;) {
      const { sum } = this
      if (fits(sum)) return
      if (this.#failed) throw new Error('a process of visitors failed; what it said stands above')
      const now = progress(sum)
      if (now > best) [best, since] = [now, performance.now()]
      if (performance.now() - since > patienceMs) {
        const { nodes, ...rest } = sum
        throw new Error(`for ${patienceMs / 1_000} s in vain: ${what} (${JSON.stringify(rest)})`)
      }
      await delay(LOOK_EVERY_MS)
    }
  }

  #accounted(what: string): Promise<void> {
    return this.until(() => this.#accounts.size === this.#children.length, ANSWER_WITHIN_MS, what)
  }

  async leave(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const gone = once(child, 'exit')
        this.#tell(child, { order: 'leave' })
        const late = setTimeout(() => child.kill('SIGKILL'), LEAVE_WITHIN_MS)
        await gone
        clearTimeout(late)
      }),
    )
  }

  #tell(child: ChildProcess, poolCommand: PoolCommand): void {
    if (child.connected) child.send(poolCommand)
  }
}
