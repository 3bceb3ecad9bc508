import { setTimeout as delay } from 'node:timers/promises'
import { Pace, type Rate } from '../domain/pace.ts'

/**
 * The token bucket of one connection: every frame takes a token, whatever it holds, and who has none waits. This is the
 * only place where a dialect waits for a rate limit.
 */
export class FrameBudget {
  readonly #bucket: Pace

  constructor(rate: Rate) {
    this.#bucket = new Pace(rate, performance.now())
  }

  /**
   * Resolves when the next frame may be handled; rejects when the signal is aborted. `closing`: the frame is one of the
   * bounded number that was received before a close, so it does not wait for its own connection's rate.
   */
  async take({ closing, signal }: { closing: boolean; signal: AbortSignal }): Promise<void> {
    if (closing) return
    for (;;) {
      const wait = this.#bucket.take(performance.now())
      if (wait === 0) return
      await delay(wait, undefined, { signal })
    }
  }
}
