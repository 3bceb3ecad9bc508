import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ROOT } from '../../server/local/root.ts'
import { Delays } from '../bench/delays.ts'
import type { Target } from '../swarm/line.ts'
import type { Account, Order, Report, Talking, Told } from './orders.ts'
import type { Preset } from './presets.ts'

// Compiled, since Node 20 runs no TypeScript.
const PROGRAM = join(ROOT, 'dist', 'loadtest', 'stress', 'crowd-process.js')
const CLIENTS_A_PROCESS = 1_500
const ARRIVALS_A_SECOND = 300
const LOOK_EVERY_MS = 50

export type Sum = Account

/** All clients of a run, in processes of their own. */
export class Crowd {
  readonly #children: ChildProcess[] = []
  readonly #accounts = new Map<ChildProcess, Account>()
  readonly #told = new Map<ChildProcess, Extract<Report, { told: unknown }>>()
  #failed = false

  constructor(
    private readonly preset: Preset,
    private readonly target: Target,
  ) {
    const processes = Math.ceil(preset.clients / CLIENTS_A_PROCESS)
    for (let p = 0; p < processes; p++) {
      const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      child.on('message', (report: Report) => {
        if ('account' in report) this.#accounts.set(child, report.account)
        else this.#told.set(child, report)
      })
      child.once('exit', (code) => {
        if (code !== 0) this.#failed = true
      })
      this.#children.push(child)
    }
  }

  come(): void {
    const { kind, clients, bytes } = this.preset
    const processes = this.#children.length
    // One loopback address has some 28,000 ports, and what was closed just now keeps some of them.
    const net = 1 + Math.floor(Math.random() * 200)
    for (const [p, child] of this.#children.entries()) {
      const numbers = Array.from({ length: clients }, (_, i) => i).filter((i) => i % processes === p)
      const localAddress = this.target.host === '127.0.0.1' ? `127.0.${net}.${2 + p}` : undefined
      const perSecond = ARRIVALS_A_SECOND / processes
      this.#tell(child, { order: 'come', what: { kind, target: this.target, localAddress, numbers, bytes, perSecond } })
    }
  }

  talk({ paced, messages }: Talking): void {
    for (const child of this.#children) this.#tell(child, { order: 'talk', what: { paced, messages } })
  }

  /** What everybody sent and heard, and how long it took. */
  async tell(patienceMs: number): Promise<{ told: Told[]; delays: Delays }> {
    for (const child of this.#children) this.#tell(child, { order: 'tell' })
    await this.#wait(() => this.#told.size === this.#children.length, patienceMs)
    const delays = new Delays()
    for (const each of this.#told.values()) delays.merge(each.delays)
    return { told: [...this.#told.values()].flatMap(({ told }) => told), delays }
  }

  /** Undefined until every process has said something. */
  get sum(): Sum | undefined {
    if (this.#accounts.size < this.#children.length) return undefined
    const sum: Sum = {
      ...{ live: 0, putOff: 0, offered: 0, sent: 0, heldBack: 0, received: 0, wrong: 0, rssBytes: 0 },
      ...{ ended: {}, talked: true },
    }
    for (const { ended, talked, ...counts } of this.#accounts.values()) {
      for (const [name, count] of Object.entries(counts)) sum[name as keyof typeof counts] += count
      for (const [why, count] of Object.entries(ended)) sum.ended[why] = (sum.ended[why] ?? 0) + count
      sum.talked &&= talked
    }
    return sum
  }

  /**
   * Resolves to whether the sum fits. False when it did not begin to, and nothing about it changed for `patienceMs`.
   */
  async until(fits: (sum: Sum) => boolean, patienceMs: number, progress: (sum: Sum) => void): Promise<boolean> {
    let [before, changedAt] = ['', performance.now()]
    for (;;) {
      const { sum } = this
      if (this.#failed) throw new Error('a process of clients failed; what it said stands above')
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

  async leave(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const gone = new Promise((resolve) => child.once('exit', resolve))
        this.#tell(child, { order: 'leave' })
        const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
        await gone
        clearTimeout(late)
      }),
    )
  }

  async #wait(fits: () => boolean, patienceMs: number): Promise<void> {
    const end = performance.now() + patienceMs
    while (!fits()) {
      if (this.#failed || performance.now() > end) throw new Error('a process of clients does not answer')
      await delay(LOOK_EVERY_MS)
    }
  }

  #tell(child: ChildProcess, order: Order): void {
    if (child.connected) child.send(order)
  }
}
