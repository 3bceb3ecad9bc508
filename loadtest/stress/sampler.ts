import { setTimeout as delay } from 'node:timers/promises'
import type { Counters, Servers } from './servers.ts'

const EVERY_MS = 1_000
const ASK_AGAIN_MS = 200
const SETTLE_WITHIN_MS = 10_000

export type Counted = Pick<Counters, 'stored' | 'relayed' | 'delivered' | 'cpu'>

export interface Memory {
  /** Memory of the largest node in bytes: idle, the maximum since, and the maximum of the last third. */
  before: number
  most: number
  late: number
  /** Memory of all worker processes at the end. */
  clients: number
}

/** Samples the nodes' memory every second and their counters at the end. */
export class Sampler {
  #before: Counters | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #largest: number[] = []

  constructor(private readonly servers: Servers) {}

  begin(before: Counters | undefined): void {
    this.#before = before
    if (!before) return
    this.#largest.push(Math.max(...before.rss))
    // A node too busy to respond is sampled again a second later.
    this.#timer = setInterval(() => void this.#sample().catch(() => {}), EVERY_MS)
  }

  end(): void {
    clearInterval(this.#timer)
  }

  /**
   * Counters since the start; undefined if the nodes cannot be reached. A node may count after clients have received,
   * so this repeats until `settled` or the time limit.
   */
  async last(settled: (counted: Counted) => boolean = () => true): Promise<Counted | undefined> {
    this.end()
    const until = performance.now() + SETTLE_WITHIN_MS
    for (;;) {
      const now = await this.#sample()
      const before = this.#before
      if (!now || !before) return undefined
      const counted = {
        stored: now.stored - before.stored,
        relayed: now.relayed - before.relayed,
        delivered: now.delivered - before.delivered,
        cpu: Math.round(now.cpu - before.cpu),
      }
      if (settled(counted) || performance.now() > until) return counted
      await delay(ASK_AGAIN_MS)
    }
  }

  memory(clients: number): Memory | undefined {
    const [before, ...since] = this.#largest
    if (before === undefined) return undefined
    const late = since.slice(-Math.max(1, Math.floor(since.length / 3)))
    return { before, most: Math.max(...since), late: Math.max(...late), clients }
  }

  async #sample(): Promise<Counters | undefined> {
    const counters = await this.servers.counters()
    if (counters) this.#largest.push(Math.max(...counters.rss))
    return counters
  }
}
