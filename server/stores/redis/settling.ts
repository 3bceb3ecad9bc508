import { LEASE_MS } from '../../../protocol/limits.ts'

/**
 * The period in which nodes restate their users after the store has lost them. Each node notices the loss at its next
 * beat; a node that does not beat within LEASE_MS has no lease.
 */
export class SettlingPeriod {
  #until = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly settled: () => void) {}

  get active(): boolean {
    return performance.now() < this.#until
  }

  begin(): void {
    this.#until = performance.now() + LEASE_MS
    this.#timer ??= this.#wait()
  }

  #wait(): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.#timer = this.active ? this.#wait() : undefined
        if (!this.#timer) this.settled()
      },
      Math.max(1, Math.ceil(this.#until - performance.now())),
    ).unref()
  }
}
