import { type Rate, TokenBucket } from './token-bucket.ts'
import { TokenQueue } from './token-queue.ts'

const FORGET_EVERY_MS = 60_000

interface Budget {
  bucket: TokenBucket
  queue: TokenQueue
  /** Whether connections wait in `queue`. */
  isContended: boolean
}

/**
 * Limits the commands of all Socket.IO connections of one address, in the units of the commands' costs. Commands beyond
 * the budget are delayed, not rejected: the connections of the address are served round robin, one packet each, so that
 * one flooding client slows down neither other users behind the same address nor users of other addresses. Each node has
 * separate budgets, because they share out its processor time.
 */
export class AddressCommands {
  readonly #budgets = new Map<string, Budget>()
  #forgotAt: number

  /** `rate.perSecond` 0 disables the limit. `now` returns milliseconds and is replaced in tests. */
  constructor(
    private readonly rate: Rate,
    private readonly now = () => performance.now(),
  ) {
    this.#forgotAt = now()
  }

  /** The number of addresses with a budget in memory; those whose budget is full again are removed once a minute. */
  get size(): number {
    return this.#budgets.size
  }

  /** Takes one unit for a packet; false if the address has none left, or if other connections of it already wait. */
  take(address: string): boolean {
    if (this.rate.perSecond === 0) return true
    const budget = this.#of(address)
    return !budget.isContended && budget.bucket.take(this.now()) === 0
  }

  /** Takes one unit and resolves, in FIFO order; rejects if `signal` is aborted before. */
  wait(address: string, signal: AbortSignal): Promise<void> {
    const budget = this.#of(address)
    budget.isContended = true
    return budget.queue.wait(signal)
  }

  /** Takes `cost` further units for a packet, beyond the first one. The budget may become negative. */
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

  /** Removes full buckets without waiting connections: a new bucket is equal to them. */
  #forget(now: number): void {
    this.#forgotAt = now
    for (const [address, { bucket, isContended }] of this.#budgets) {
      if (!isContended && bucket.isFull(now)) this.#budgets.delete(address)
    }
  }
}
