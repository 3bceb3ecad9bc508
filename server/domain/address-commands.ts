import { type Rate, TokenBucket } from './token-bucket.ts'
import { TokenQueue } from './token-queue.ts'

const FORGET_EVERY_MS = 60_000

interface Budget {
  bucket: TokenBucket
  queue: TokenQueue
  /** Whether somebody waits in `queue`. */
  isContended: boolean
}

/**
 * What the Socket.IO connections of one address may make this node do, in the units of the commands' costs. Nothing is
 * refused: past the budget the connections of the address wait and take turns, one packet each, so that ordinary users
 * behind the address of one who floods go on, and users of other addresses do not feel it. Budgets are of one node, since
 * it is the node's processor time that they share out.
 */
export class AddressCommands {
  readonly #budgets = new Map<string, Budget>()
  #forgotAt: number

  /** `rate.perSecond` 0: no limit. `now` in milliseconds, for tests. */
  constructor(
    private readonly rate: Rate,
    private readonly now = () => performance.now(),
  ) {
    this.#forgotAt = now()
  }

  /** Addresses that have used some of their budget of late. */
  get size(): number {
    return this.#budgets.size
  }

  /** Takes one unit for a packet; false when the address has none left, or others of it wait already. */
  take(address: string): boolean {
    if (this.rate.perSecond === 0) return true
    const budget = this.#of(address)
    return !budget.isContended && budget.bucket.take(this.now()) === 0
  }

  /** Resolves with a unit, in the order of asking; rejects when the signal is aborted. */
  wait(address: string, signal: AbortSignal): Promise<void> {
    const budget = this.#of(address)
    budget.isContended = true
    return budget.queue.wait(signal)
  }

  /** What a packet turned out to cost beyond the unit it took; the budget may go into debt for it. */
  charge(address: string, cost: number): void {
    if (this.rate.perSecond > 0 && cost > 0) this.#of(address).bucket.charge(this.now(), cost)
  }

  #of(address: string): Budget {
    const now = this.now()
    if (now - this.#forgotAt > FORGET_EVERY_MS) this.#forget(now)
    const known = this.#budgets.get(address)
    if (known) return known
    const bucket = new TokenBucket(this.rate, now)
    const onEmpty = () => {
      budget.isContended = false
    }
    const queue = new TokenQueue({ take: () => bucket.take(this.now()), onEmpty })
    const budget: Budget = { bucket, queue, isContended: false }
    this.#budgets.set(address, budget)
    return budget
  }

  /** A full bucket that nobody waits for remembers nothing. */
  #forget(now: number): void {
    this.#forgotAt = now
    for (const [address, { bucket, isContended }] of this.#budgets) {
      if (!isContended && bucket.isFull(now)) this.#budgets.delete(address)
    }
  }
}
