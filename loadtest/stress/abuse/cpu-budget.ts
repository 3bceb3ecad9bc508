/** CPU time that may exceed the rate, so that one busy tick does not pause the attackers. */
const BURST_MS = 100

/** Limits a process to a share of a core: a token bucket of CPU time. */
export class CpuBudget {
  throttledMs = 0
  #availableMs = BURST_MS
  #usedMs: number
  #at: number

  /** `now` and `used` in milliseconds: the clock, and the CPU time of this process so far. */
  constructor(
    private readonly cores: number,
    private readonly now: () => number = () => performance.now(),
    private readonly used: () => number = usedMs,
  ) {
    this.#at = this.now()
    this.#usedMs = this.used()
  }

  /** Whether the budget is used up; if so, the time since the last call counts as throttled. */
  get exhausted(): boolean {
    const [now, used] = [this.now(), this.used()]
    const elapsedMs = now - this.#at
    this.#availableMs = Math.min(BURST_MS, this.#availableMs + elapsedMs * this.cores - (used - this.#usedMs))
    this.#at = now
    this.#usedMs = used
    if (this.#availableMs > 0) return false
    this.throttledMs += elapsedMs
    return true
  }
}

function usedMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
