import { LEASE_MS } from '../../../protocol/limits.ts'

/**
 * The time in which the nodes state their people again after the store has lost them. Each node notices at its next
 * beat; one that does not beat within LEASE_MS has no lease.
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
