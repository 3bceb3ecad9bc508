import type { Talking } from './messages.ts'

/** Who may be able to say something. */
export interface Speaker {
  /** Whether there is anybody to talk to, yet. */
  readonly paired: boolean
  /** There is nobody to talk to any more. */
  readonly over: boolean
  readonly sent: number
  /** False when it cannot be written just now. */
  say(): boolean
}

/** When who is asked to say something, from the moment that they have somebody to talk to, and how often they could not. */
export class Schedule {
  /** Messages that were due. */
  offered = 0
  /** Of these, those that could not be written when they were. */
  heldBack = 0
  done = false
  readonly #begun = new Map<Speaker, { at: number; offered: number }>()

  constructor(
    private readonly speakers: readonly Speaker[],
    private readonly plan: Talking,
  ) {}

  /** Does what is due at `now`, in milliseconds. */
  turn(now: number): void {
    const { paced, messages = 0 } = this.plan
    if (!paced) this.#asFastAsTheyCan(messages)
    else this.#pace(now, paced.everyMs, Math.floor((paced.seconds * 1_000) / paced.everyMs))
  }

  /** By the clock: who was asked late is not asked less often. */
  #pace(now: number, everyMs: number, messages: number): void {
    let left = 0
    for (const speaker of this.speakers) {
      const own = this.#begun.get(speaker) ?? { at: now, offered: 0 }
      if (own.offered === 0 && speaker.paired) this.#begun.set(speaker, own)
      const due = this.#begun.has(speaker) ? Math.min(messages, Math.floor((now - own.at) / everyMs) + 1) : 0
      for (; own.offered < due; own.offered++) {
        this.offered++
        if (!speaker.say()) this.heldBack++
      }
      if (!speaker.over) left += messages - own.offered
    }
    this.done = left === 0
  }

  #asFastAsTheyCan(messages: number): void {
    let left = 0
    for (const speaker of this.speakers) {
      while (speaker.sent < messages && speaker.say());
      if (!speaker.over) left += messages - speaker.sent
    }
    this.offered = messages * this.speakers.length
    this.done = left === 0
  }
}
