import { Coalescer } from './coalesce.ts'
import { unavailable } from './fault-error.ts'
import type { Nodes } from './ports.ts'

interface Count {
  /** Admitted connections of the user on this node. */
  open: number
  arrivals: Arrival[]
  coalescer: Coalescer<void>
  /** When the latest report began, on the clock of performance.now(). */
  reportedAt: number
}

interface Arrival {
  isAdmitted: boolean
}

const RETRY_MS = 1_000
/** The maximum number of counts that are reported again at the same time. */
const REPORTS_AT_ONCE_MAX = 100
const UPKEEP_MS = 60_000
/** Well below the time after which the store drops a count (one day after the report). */
const REFRESH_MS = 12 * 3_600_000

/**
 * Open connections by user, cluster-wide. A node reports the absolute count of its own connections, not differences, so
 * that a report may be lost, repeated or applied late. A failed report is repeated until the store acknowledges it.
 */
export class UserConnections {
  readonly #counts = new Map<string, Count>()
  /** The users whose count in the store may differ from the count on this node. */
  readonly #unreported = new Set<string>()
  readonly #upkeep = setInterval(() => this.#keepUp(), UPKEEP_MS).unref()
  #reporting: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(
    private readonly nodes: Pick<Nodes, 'countConnections' | 'onStateLost'>,
    readonly max: number,
  ) {
    nodes.onStateLost(() => this.#reportAllAgain())
  }

  /** Counts one more connection until `close`; false if the user has reached the limit. Rejects if the store is unavailable. */
  async open(user: string): Promise<boolean> {
    const count = this.#counts.get(user) ?? this.#begin(user)
    const arrival = { isAdmitted: false }
    count.arrivals.push(arrival)
    await count.coalescer.run()
    return arrival.isAdmitted
  }

  close(user: string): void {
    const count = this.#counts.get(user)!
    count.open--
    this.#unreported.add(user)
    // A failed report is repeated by the retry timer.
    count.coalescer.run().catch(() => {})
  }

  /** Stops reporting. */
  stop(): void {
    this.#isClosed = true
    clearInterval(this.#upkeep)
    clearTimeout(this.#retry)
  }

  #begin(user: string): Count {
    const count: Count = {
      open: 0,
      arrivals: [],
      coalescer: new Coalescer(() => this.#report(user, count)),
      reportedAt: performance.now(),
    }
    this.#counts.set(user, count)
    return count
  }

  /** Reports the count, with all connections that arrived since the previous report. */
  async #report(user: string, count: Count): Promise<void> {
    const { open } = count
    const arrivals = count.arrivals.splice(0)
    if (this.#isClosed) throw unavailable('This node is leaving.')
    if (arrivals.length === 0 && !this.#unreported.has(user)) return
    this.#unreported.delete(user)
    count.reportedAt = performance.now()
    try {
      const asked = { open, arriving: arrivals.length, most: this.max }
      const admitted = await this.nodes.countConnections(user, asked)
      count.open += admitted
      for (const arrival of arrivals.slice(0, admitted)) arrival.isAdmitted = true
    } catch (error) {
      // The store may have applied the report nevertheless, including the arrivals.
      this.#unreported.add(user)
      this.#reportLater()
      throw error
    }
  }

  #reportAllAgain(): void {
    for (const user of this.#counts.keys()) this.#unreported.add(user)
    this.#reportAgain()
  }

  #reportLater(): void {
    if (this.#isClosed) return
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      this.#reportAgain()
    }, RETRY_MS)
  }

  #reportAgain(): void {
    this.#reporting ??= this.#reportUnreported()
      // Failed reports are repeated by the retry timer.
      .catch(() => {})
      .finally(() => {
        this.#reporting = undefined
      })
  }

  async #reportUnreported(): Promise<void> {
    for (let users = this.#nextUnreported(); users.length > 0; users = this.#nextUnreported()) {
      await Promise.all(users.map((user) => this.#counts.get(user)!.coalescer.run()))
    }
  }

  /** The users that have waited longest; a count whose report failed moves to the end. */
  #nextUnreported(): string[] {
    const users: string[] = []
    for (const user of this.#unreported) {
      if (users.push(user) === REPORTS_AT_ONCE_MAX) break
    }
    return users
  }

  #keepUp(): void {
    const now = performance.now()
    for (const [user, count] of this.#counts) {
      const age = now - count.reportedAt
      const isIdle = count.arrivals.length === 0 && !this.#unreported.has(user)
      // A count of 0 is kept for a while, because a replica that is promoted may not have received it.
      if (count.open === 0 && isIdle && age > UPKEEP_MS) this.#counts.delete(user)
      else if (age > REFRESH_MS) this.#unreported.add(user)
    }
    this.#reportAgain()
  }
}
