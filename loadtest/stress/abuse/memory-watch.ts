import { setTimeout as delay } from 'node:timers/promises'

export interface NodeMemory {
  /** Resident, in bytes: before the phase, at most during it, and when the wait after it ended. */
  before: number
  most: number
  after: number
}

const EVERY_MS = 1_000
/**
 * A node counts as back where it was within so much of where it was: what V8 keeps of a heap that was once needed, and
 * the entries of rooms that are still hosted.
 */
export const BACK_WITHIN_BYTES = 64 * 1024 * 1024
/** It has so long for that after the attack: V8 gives pages back when a process has been idle for a while. */
export const BACK_WITHIN_MS = 60_000

/** Follows the resident memory of every node. */
export class MemoryWatch {
  readonly #nodes: NodeMemory[]
  readonly #timer: NodeJS.Timeout

  private constructor(
    before: readonly number[],
    private readonly read: () => Promise<number[]>,
  ) {
    this.#nodes = before.map((rss) => ({ before: rss, most: rss, after: rss }))
    // A node that is too busy to answer is asked again a second later.
    this.#timer = setInterval(() => void this.#sample().catch(() => {}), EVERY_MS)
  }

  static async start(read: () => Promise<number[]>): Promise<MemoryWatch> {
    return new MemoryWatch(await read(), read)
  }

  /** Resolves when every node is back where it was, or when the wait is over. */
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
