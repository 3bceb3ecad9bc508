import { setTimeout as delay } from 'node:timers/promises'
import { type Rate, TokenBucket } from '../domain/token-bucket.ts'

/** Control frames cost little, and clients that measure what was read send a ping for every few messages. */
const CONTROL_FRAMES_PER_MESSAGE = 10

/**
 * The token buckets of one connection, one for messages and one for control frames: every frame takes a token, whatever
 * it holds, and who has none waits. A message takes one of its address as well.
 */
export class FrameBudget {
  readonly #messages: TokenBucket
  readonly #control: TokenBucket

  /** `address`: waits for the bucket that all connections of its address share. */
  constructor(
    rate: Rate,
    private readonly address: (signal: AbortSignal) => Promise<void> | undefined,
  ) {
    const now = performance.now()
    const most = CONTROL_FRAMES_PER_MESSAGE
    this.#messages = new TokenBucket(rate, now)
    this.#control = new TokenBucket({ perSecond: most * rate.perSecond, burst: most * rate.burst }, now)
  }

  /**
   * Resolves when the next frame may be handled; rejects when the signal is aborted. `closing`: the frame is one of the
   * bounded number that was received before a close, so it waits for the rate of its address only.
   */
  async take(frame: { control: boolean; closing: boolean; signal: AbortSignal }): Promise<void> {
    const { control, closing, signal } = frame
    const bucket = control ? this.#control : this.#messages
    while (!closing) {
      const wait = bucket.take(performance.now())
      if (wait === 0) break
      await delay(wait, undefined, { signal })
    }
    if (!control) await this.address(signal)
  }
}
