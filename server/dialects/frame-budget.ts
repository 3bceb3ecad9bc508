import { setTimeout as delay } from 'node:timers/promises'
import { Pace, type Rate } from '../domain/pace.ts'

/** Control frames cost little, and clients that measure what was read send a ping for every few messages. */
const CONTROL_FRAMES_PER_MESSAGE = 10

/**
 * The token buckets of one connection, one for messages and one for control frames: every frame takes a token, whatever it holds, and who has none waits. This is the
 * only place where a dialect waits for a rate limit.
 */
export class FrameBudget {
  readonly #messages: Pace
  readonly #control: Pace

  constructor(rate: Rate) {
    const now = performance.now()
    const most = CONTROL_FRAMES_PER_MESSAGE
    this.#messages = new Pace(rate, now)
    this.#control = new Pace({ perSecond: most * rate.perSecond, burst: most * rate.burst }, now)
  }

  /**
   * Resolves when the next frame may be handled; rejects when the signal is aborted. `closing`: the frame is one of the
   * bounded number that was received before a close, so it does not wait for its own connection's rate.
   */
  async take({ control, closing, signal }: { control: boolean; closing: boolean; signal: AbortSignal }): Promise<void> {
    if (closing) return
    const bucket = control ? this.#control : this.#messages
    for (;;) {
      const wait = bucket.take(performance.now())
      if (wait === 0) return
      await delay(wait, undefined, { signal })
    }
  }
}
