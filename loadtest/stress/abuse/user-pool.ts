import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../../clients/transport.ts'
import { WorkerPool } from '../worker-pool.ts'
import { BEHIND_AFTER_MS, type UsersCommand, type UsersReport, type UsersStats } from './messages.ts'
import type { UserPlan } from './plan.ts'

const READY_WITHIN_MS = 60_000
/** Longer than the interval between two statistics of a worker. */
const STATS_WITHIN_MS = 300
const REPORT_WITHIN_MS = 10_000
/** Time limit for responses and deliveries of messages sent before the attack ended. */
const SETTLE_WITHIN_MS = 15_000

/** The ordinary users, in one worker process. */
export class UserPool {
  #report: UsersReport['report'] | undefined
  readonly #pool = new WorkerPool<UsersCommand, UsersStats>({
    program: 'loadtest/stress/abuse/users-worker.js',
    processes: 1,
    isStats: (message) => 'stats' in (message as object),
    onMessage: (_, message) => {
      this.#report = (message as UsersReport).report
    },
  })

  get stats(): UsersStats['stats'] | undefined {
    this.#pool.check()
    return this.#pool.stats[0]?.stats
  }

  /** Resolves when all users have joined their rooms. */
  async start(target: Target, users: readonly UserPlan[], perSecond: number): Promise<void> {
    this.#pool.broadcast({ command: 'start', target, users: [...users], perSecond })
    const ready = await this.ready(users.length)
    if (ready < users.length) throw new Error(`${ready} of ${users.length} ordinary users joined within 60 s`)
  }

  /** Resolves with the number of users in their rooms: when all are, or at the time limit. */
  async ready(all: number): Promise<number> {
    await this.#pool.waitFor(() => this.stats?.ready === all, READY_WITHIN_MS)
    return this.stats?.ready ?? 0
  }

  talk(): void {
    this.#pool.broadcast({ command: 'talk' })
  }

  /** Stops sending; resolves when all sent messages are acknowledged and delivered, or at the time limit. */
  async quiet(): Promise<void> {
    this.#pool.broadcast({ command: 'quiet' })
    // Later statistics include the last sends.
    await delay(STATS_WITHIN_MS + BEHIND_AFTER_MS)
    await this.#pool.waitFor(() => {
      const { pending = 1, behind = 1, arriving = 1 } = this.stats ?? {}
      return pending + behind + arriving === 0
    }, SETTLE_WITHIN_MS)
  }

  async report(): Promise<UsersReport['report']> {
    this.#report = undefined
    this.#pool.broadcast({ command: 'report' })
    await this.#pool.waitFor(() => this.#report !== undefined, REPORT_WITHIN_MS)
    if (!this.#report) throw new Error('the worker of ordinary users does not respond')
    return this.#report
  }

  close(): Promise<void> {
    return this.#pool.stop({ command: 'exit' })
  }
}
