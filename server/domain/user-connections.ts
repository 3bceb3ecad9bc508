import { Coalescer } from './coalesce.ts'
import { unavailable } from './fault-error.ts'
import type { Nodes } from './ports.ts'

interface Count {
  /** Admitted connections of the user on this node. */
  open: number
  arrivals: Arrival[]
  coalescer: Coalescer<void>
  /** When the latest statement began, on the clock of performance.now(). */
  reportedAt: number
}

interface Arrival {
  isAdmitted: boolean
}

const RETRY_MS = 1_000
/** Counts that are stated again at the same time. */
const RESTATED_AT_ONCE = 100
const UPKEEP_MS = 60_000
/** Well before the store forgets a count (a day after it was stated). */
const REFRESH_MS = 12 * 3_600_000

/**
 * Open connections by user, cluster-wide. A node counts its own and states each count whole, so that a statement may be
 * lost, repeated or carried out late without harm; what the store did not take is stated again until it has it.
 */
export class UserConnections {
  readonly #counts = new Map<string, Count>()
  /** The users whose count in the store may differ from ours. */
  readonly #unstated = new Set<string>()
  readonly #upkeep = setInterval(() => this.#keepUp(), UPKEEP_MS).unref()
  #restating: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(
    private readonly nodes: Pick<Nodes, 'countConnections' | 'onStateLost'>,
    readonly max: number,
  ) {
    nodes.onStateLost(() => this.#restateAll())
  }

  /** Counts one more connection until it is closed; false when the user has as many as they may. */
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
    this.#unstated.add(user)
    // A failed statement is repeated.
    count.coalescer.run().catch(() => {})
  }

  /** Nothing is stated from here on. */
  stop(): void {
    this.#isClosed = true
    clearInterval(this.#upkeep)
    clearTimeout(this.#retry)
  }

  #begin(user: string): Count {
    const count: Count = {
      open: 0,
      arrivals: [],
      coalescer: new Coalescer(() => this.#state(user, count)),
      reportedAt: performance.now(),
    }
    this.#counts.set(user, count)
    return count
  }

  /** Those who arrive at the same time are counted in one statement. */
  async #state(user: string, count: Count): Promise<void> {
    const { open } = count
    const arrivals = count.arrivals.splice(0)
    if (this.#isClosed) throw unavailable('This node is leaving.')
    if (arrivals.length === 0 && !this.#unstated.has(user)) return
    this.#unstated.delete(user)
    count.reportedAt = performance.now()
    try {
      const asked = { open, arriving: arrivals.length, most: this.max }
      const admitted = await this.nodes.countConnections(user, asked)
      count.open += admitted
      for (const arrival of arrivals.slice(0, admitted)) arrival.isAdmitted = true
    } catch (error) {
      // It may have been carried out all the same, arrivals included.
      this.#unstated.add(user)
      this.#restateLater()
      throw error
    }
  }

  #restateAll(): void {
    for (const user of this.#counts.keys()) this.#unstated.add(user)
    this.#restate()
  }

  #restateLater(): void {
    if (this.#isClosed) return
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      this.#restate()
    }, RETRY_MS)
  }

  #restate(): void {
    this.#restating ??= this.#restateUnstated()
      // Whatever failed is stated again later.
      .catch(() => {})
      .finally(() => {
        this.#restating = undefined
      })
  }

  async #restateUnstated(): Promise<void> {
    for (let users = this.#nextUnstated(); users.length > 0; users = this.#nextUnstated()) {
      await Promise.all(users.map((user) => this.#counts.get(user)!.coalescer.run()))
    }
  }

  /** The ones that waited longest: a count that failed goes behind the others. */
  #nextUnstated(): string[] {
    const users: string[] = []
    for (const user of this.#unstated) {
      if (users.push(user) === RESTATED_AT_ONCE) break
    }
    return users
  }

  #keepUp(): void {
    const now = performance.now()
    for (const [user, count] of this.#counts) {
      const age = now - count.reportedAt
      const isIdle = count.arrivals.length === 0 && !this.#unstated.has(user)
      // A count of 0 is kept for a while: a replica that takes over may not have it yet.
      if (count.open === 0 && isIdle && age > UPKEEP_MS) this.#counts.delete(user)
      else if (age > REFRESH_MS) this.#unstated.add(user)
    }
    this.#restate()
  }
}
