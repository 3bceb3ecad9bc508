import { setTimeout as delay } from 'node:timers/promises'

export interface NodeMemory {
  /** Resident bytes: before the phase, the maximum during it, and at the end of the wait after it. */
  before: number
  most: number
  after: number
}

const EVERY_MS = 1_000
/** Tolerance for memory after an attack: heap that V8 keeps, and cached entries of hosted rooms. */
export const BACK_WITHIN_BYTES = 64 * 1024 * 1024
/** Time limit for it: V8 releases pages after the process has been idle for a while. */
export const BACK_WITHIN_MS = 60_000

/** Samples the resident memory of every node. */
export class MemoryWatch {
  readonly #nodes: NodeMemory[]
  readonly #timer: NodeJS.Timeout

  private constructor(
    before: readonly number[],
    private readonly read: () => Promise<number[]>,
  ) {
    this.#nodes = before.map((rss) => ({ before: rss, most: rss, after: rss }))
    // A node too busy to respond is sampled again a second later.
    this.#timer = setInterval(() => void this.#sample().catch(() => {}), EVERY_MS)
  }

  static async start(read: () => Promise<number[]>): Promise<MemoryWatch> {
    return new MemoryWatch(await read(), read)
  }

  /** Resolves when every node is back within tolerance, or at the time limit. */
  async settle(withinMs = BACK_WITHIN_MS): Promise<NodeMemory[]> {
    clearInterval(this.#timer)
    for (const end = performance.now() + withinMs; ; await delay(EVERY_MS)) {
      await this.#sample().catch(() => {})
      if (this.#nodes.every(isBack) || performance.now() > end) return this.#nodes
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #sample(): Promise<void> {
    for (const [i, rss] of (await this.read()).entries()) {
      const node = this.#nodes[i]!
      node.after = rss
      node.most = Math.max(node.most, rss)
    }
  }
}

export const isBack = ({ before, after }: NodeMemory): boolean => after <= before + BACK_WITHIN_BYTES
