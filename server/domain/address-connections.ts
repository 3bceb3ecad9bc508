import type { SharedCounters } from './ports.ts'

/** A node reports an address to the other nodes if it has at least this share of the limit there. */
const REPORTED_FROM = 0.01

/**
 * Open connections by client address, cluster-wide. Each node counts its own connections and receives the counts of the
 * other nodes once a second. Overshoot: the connections that N − 1 other nodes accept within a second, and 1 % of the
 * limit for each of them.
 */
export class AddressConnections {
  readonly #own = new Map<string, number>()
  readonly #others = new Map<string, number>()

  /** `most`: the maximum number of connections per address; 0 disables the limit. */
  constructor(
    private readonly counters: Pick<SharedCounters, 'sumCounts'>,
    private readonly most: number,
  ) {}

  open(address: string): void {
    this.#own.set(address, (this.#own.get(address) ?? 0) + 1)
  }

  close(address: string): void {
    const left = (this.#own.get(address) ?? 0) - 1
    if (left > 0) this.#own.set(address, left)
    else this.#own.delete(address)
  }

  /** The error message if the address has reached the limit, otherwise undefined. */
  limitMessage(address: string): string | undefined {
    if (this.most === 0) return undefined
    if ((this.#own.get(address) ?? 0) + (this.#others.get(address) ?? 0) < this.most) return undefined
    return `Your address has ${this.most} connections, the most that it may have (ADDRESS_CONNECTIONS).`
  }

  /** Exchanges counts with the other nodes; called once a second. Rejects if the store is unavailable. */
  async reconcile(): Promise<void> {
    if (this.most === 0) return
    const counts = [...this.#own].filter(([, count]) => count >= this.most * REPORTED_FROM)
    const totals =
      counts.length === 0 ? [] : await this.counters.sumCounts(counts.map(([key, count]) => ({ key, count })))
    this.#others.clear()
    for (const [i, [key, count]] of counts.entries()) this.#others.set(key, Math.max(0, totals[i]! - count))
  }
}
