const EVERY_MS = 500
const ANSWER_WITHIN_MS = 10_000

/** Requests /healthz of every node repeatedly; a missing response counts with the time waited. */
export class HealthWatch {
  worstMs = 0
  readonly #timer: NodeJS.Timeout

  constructor(nodes: readonly string[]) {
    this.#timer = setInterval(() => {
      for (const node of nodes) void this.#request(node)
    }, EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #request(node: string): Promise<void> {
    const began = performance.now()
    await fetch(new URL('/healthz', node), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
      .then((answer) => answer.arrayBuffer())
      .catch(() => {})
    this.worstMs = Math.max(this.worstMs, Math.round(performance.now() - began))
  }
}
