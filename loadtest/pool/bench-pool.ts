import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ROOT } from '../../server/local/root.ts'
import type { MemberPlan, PoolCommand, Report, SentMessages, WorkerStats } from '../bench/messages.ts'
import type { TransportMode } from '../clients/packet-codec.ts'
import type { BrowserWords, Target } from '../clients/transport.ts'
import { Histogram } from '../measure/histogram.ts'
import type { SystemName } from '../systems/systems.ts'

// Compiled, because Node 20 cannot run TypeScript.
const PROGRAM = join(ROOT, 'dist', 'loadtest', 'bench', 'worker.js')
const ARRIVALS_PER_SECOND = 800
const POLL_MS = 20
const ARRIVE_WITHIN_MS = 60_000

export interface BenchPoolOptions {
  contestant: SystemName
  transport: TransportMode
  targets: Target[]
  members: MemberPlan[]
  /** Number of worker processes. */
  processes: number
  browser?: BrowserWords
  /** Command that starts a program outside this machine's own network namespace, such as nsenter with its arguments. */
  elsewhere?: readonly string[]
}

const NO_COUNTS = {
  ...{ live: 0, lost: 0, deliveries: 0, packets: 0, answered: 0, refused: 0, cpu: 0 },
  ...{ sent: 0, received: 0, polls: 0, posts: 0, upgrades: 0 },
}

export type Sum = Omit<WorkerStats, 'talked' | 'why'> & { talked: boolean; why?: string }

/** All clients of one measurement, in worker processes. */
export class BenchPool {
  readonly #children: ChildProcess[] = []
  readonly #stats = new Map<ChildProcess, WorkerStats>()
  readonly #sent = new Map<ChildProcess, Record<string, SentMessages>>()
  readonly #checked = new Map<ChildProcess, Extract<Report, { checked: unknown }>['checked']>()
  #numbered = 1
  #failed = false

  constructor(private readonly plan: BenchPoolOptions) {
    const { processes, elsewhere } = plan
    for (let p = 0; p < processes; p++) {
      const [execPath, ...words] = [...(elsewhere ?? []), process.execPath]
      const execArgv = words.length > 0 ? [...words, ...process.execArgv] : process.execArgv
      const child = fork(PROGRAM, { execPath, execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      child.on('message', (report: Report) => this.#receive(child, report))
      child.once('exit', (code) => {
        if (code !== 0) this.#failed = true
      })
      this.#children.push(child)
    }
  }

  async connect(): Promise<void> {
    const { contestant, transport, targets, members, processes, browser, elsewhere } = this.plan
    for (const [p, child] of this.#children.entries()) {
      // Members of a room on one node are distributed over all processes.
      const mine = members.filter((_, i) => Math.floor(i / targets.length) % processes === p)
      const localAddress = elsewhere ? undefined : `127.0.${1 + Math.floor(Math.random() * 200)}.${2 + p}`
      const perSecond = ARRIVALS_PER_SECOND / processes
      const how = { contestant, transport, targets, localAddress, browser }
      this.#send(child, { type: 'connect', ...how, members: mine, perSecond })
    }
    await this.until(({ live }) => live === members.length, ARRIVE_WITHIN_MS, 'all clients to connect')
  }

  async reset(): Promise<void> {
    for (const child of this.#children) this.#send(child, { type: 'reset' })
    this.#stats.clear()
    await this.until(() => this.#stats.size === this.#children.length, 5_000, 'the clients to reset')
  }

  /** Sends `messages` messages; resolves with the messages sent by room when all are sent. */
  async talk(perSecond: number, messages: number, timeoutMs: number): Promise<Map<string, SentMessages>> {
    const processes = this.#children.length
    this.#sent.clear()
    const step = processes
    for (const [p, child] of this.#children.entries()) {
      const share = Math.floor(messages / processes) + Number(p < messages % processes)
      this.#send(child, {
        type: 'talk',
        perSecond: perSecond / processes,
        messages: share,
        first: this.#numbered + p,
        step,
      })
    }
    this.#numbered += Math.ceil(messages / processes) * step
    await this.until(() => this.#sent.size === processes, timeoutMs, 'all sends')
    const rooms = new Map<string, SentMessages>()
    for (const [room, { messages: more, sum }] of [...this.#sent.values()].flatMap((sent) => Object.entries(sent))) {
      const before = rooms.get(room) ?? { messages: 0, sum: 0 }
      rooms.set(room, { messages: before.messages + more, sum: before.sum + sum })
    }
    return rooms
  }

  /** Number of deliveries that the members of these rooms must receive in total. */
  deliveriesOf(rooms: Map<string, SentMessages>): number {
    return this.plan.members.reduce((sum, { room }) => sum + (rooms.get(room)?.messages ?? 0), 0)
  }

  /**
   * Returns how many clients did not receive every message of their room exactly once, and the delays of all
   * deliveries.
   */
  async check(rooms: Map<string, SentMessages>): Promise<{ wrong: number; example?: string; delays: Histogram }> {
    this.#checked.clear()
    for (const child of this.#children) this.#send(child, { type: 'check', rooms: Object.fromEntries(rooms) })
    await this.until(() => this.#checked.size === this.#children.length, 30_000, 'the checks of the clients')
    const delays = new Histogram()
    let wrong = 0
    let example: string | undefined
    for (const checked of this.#checked.values()) {
      wrong += checked.wrong
      example ??= checked.example
      delays.merge(checked.delays)
    }
    return { wrong, example, delays }
  }

  get sum(): Sum {
    const sum: Sum = { ...NO_COUNTS, talked: true }
    for (const { talked, why, ...counts } of this.#stats.values()) {
      for (const [name, count] of Object.entries(counts)) sum[name as keyof typeof counts] += count
      sum.talked &&= talked
      sum.why ??= why
    }
    return sum
  }

  async until(condition: (sum: Sum) => boolean, timeoutMs: number, what: string): Promise<void> {
    const end = performance.now() + timeoutMs
    for (;;) {
      const { sum } = this
      if (condition(sum)) return
      if (this.#failed) throw new Error('a worker process failed; its output is above')
      if (performance.now() > end) {
        const { live, deliveries, why } = sum
        throw new TimeoutError(
          `timed out after ${timeoutMs / 1_000} s waiting for ${what} (${live} live, ${deliveries} deliveries${why ? `; ${why}` : ''})`,
        )
      }
      await delay(POLL_MS)
    }
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const exited = new Promise((resolve) => child.once('exit', resolve))
        if (child.connected) this.#send(child, { type: 'stop' })
        const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
        await exited
        clearTimeout(late)
      }),
    )
  }

  #send(child: ChildProcess, poolCommand: PoolCommand): void {
    if (child.connected) child.send(poolCommand)
  }

  #receive(child: ChildProcess, report: Report): void {
    if ('stats' in report) this.#stats.set(child, report.stats)
    else if ('sent' in report) this.#sent.set(child, report.sent)
    else this.#checked.set(child, report.checked)
  }
}

/** A wait timed out; the measurement does not count. */
export class TimeoutError extends Error {}
