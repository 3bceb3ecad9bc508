import type { Talking } from './orders.ts'

/** Who may be able to say something. */
export interface Speaker {
  readonly sent: number
  /** False when it cannot be written just now. */
  say(): boolean
}

/** When whom is asked to say something, and how often they could not. */
export class Schedule {
  /** Messages that were due. */
  offered = 0
  /** Of these, those that could not be written when they were. */
  heldBack = 0
  done = false

  constructor(
    private readonly speakers: readonly Speaker[],
    private readonly plan: Talking,
    private readonly beganAt: number,
  ) {
    if (plan.messages !== undefined) this.offered = plan.messages * speakers.length
  }

  /** Does what is due at `now`, in milliseconds. */
  turn(now: number): void {
    const { paced, messages = 0 } = this.plan
    if (paced) this.#pace(now, paced.everyMs, paced.seconds)
    else this.#asFastAsTheyCan(messages)
  }

  /** Everybody in their turn, evenly over `everyMs`, by the clock: who was asked late is not asked less often. */
  #pace(now: number, everyMs: number, seconds: number): void {
    const { length } = this.speakers
    const elapsed = Math.min(now - this.beganAt, seconds * 1_000)
    const due = Math.floor((elapsed / everyMs) * length)
    for (; this.offered < due; this.offered++) {
      if (!this.speakers[this.offered % length]!.say()) this.heldBack++
    }
    this.done = elapsed >= seconds * 1_000
  }

  #asFastAsTheyCan(messages: number): void {
    let left = 0
    for (const speaker of this.speakers) {
      while (speaker.sent < messages && speaker.say());
      left += messages - speaker.sent
    }
    this.done = left === 0
  }
}
