import { setTimeout as delay } from 'node:timers/promises'
import { type Rate, TokenBucket } from '../domain/token-bucket.ts'

/**
 * Control frames are cheap, and clients that measure the delivery of their messages send a ping for every few of them.
 */
const CONTROL_FRAMES_PER_MESSAGE = 10

/**
 * The rate limits of one connection: a token bucket for messages and one for control frames. Each frame takes a token and
 * waits until there is one. A message also takes a token of its client address.
 */
export class FrameBudget {
  readonly #messages: TokenBucket
  readonly #control: TokenBucket

  /** `takeFromAddress` waits for a token of the bucket that all connections of the client address share. */
  constructor(
    rate: Rate,
    private readonly takeFromAddress: (signal: AbortSignal) => Promise<void> | undefined,
  ) {
    const now = performance.now()
    const factor = CONTROL_FRAMES_PER_MESSAGE
    this.#messages = new TokenBucket(rate, now)
    this.#control = new TokenBucket({ perSecond: factor * rate.perSecond, burst: factor * rate.burst }, now)
  }

  /**
   * Resolves when the next frame may be handled; rejects when the signal is aborted. Frames of a `closing` connection are
   * bounded in number and only wait for the bucket of the address.
   */
  async take(frame: { control: boolean; closing: boolean; signal: AbortSignal }): Promise<void> {
    const { control, closing, signal } = frame
    const bucket = control ? this.#control : this.#messages
    while (!closing) {
      const wait = bucket.take(performance.now())
      if (wait === 0) break
      await delay(wait, undefined, { signal })
    }
    if (!control) await this.takeFromAddress(signal)
  }
}
