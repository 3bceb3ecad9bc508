import type { Talking } from './messages.ts'

/** A client that may be able to send. */
export interface Speaker {
  /** Whether it has a partner. */
  readonly paired: boolean
  /** Whether the pair has ended. */
  readonly over: boolean
  readonly sent: number
  /** False if the message cannot be written now. */
  send(): boolean
}

/** Decides when clients send, from the time they are paired, and counts sends that were not possible. */
export class Schedule {
  /** Messages that were due. */
  offered = 0
  /** Messages that could not be written when due. */
  heldBack = 0
  done = false
  readonly #begun = new Map<Speaker, { at: number; offered: number }>()

  constructor(
    private readonly speakers: readonly Speaker[],
    private readonly plan: Talking,
  ) {}

  /** Performs what is due at `now`, milliseconds. */
  turn(now: number): void {
    const { paced, messages = 0 } = this.plan
    if (!paced) this.#asFastAsTheyCan(messages)
    else this.#pace(now, paced.everyMs, Math.floor((paced.seconds * 1_000) / paced.everyMs))
  }

  /** By the clock: a late call catches up. */
  #pace(now: number, everyMs: number, messages: number): void {
    let left = 0
    for (const speaker of this.speakers) {
      const own = this.#begun.get(speaker) ?? { at: now, offered: 0 }
      if (own.offered === 0 && speaker.paired) this.#begun.set(speaker, own)
      const due = this.#begun.has(speaker) ? Math.min(messages, Math.floor((now - own.at) / everyMs) + 1) : 0
      for (; own.offered < due; own.offered++) {
        this.offered++
        if (!speaker.send()) this.heldBack++
      }
      if (!speaker.over) left += messages - own.offered
    }
    this.done = left === 0
  }

  #asFastAsTheyCan(messages: number): void {
    let left = 0
    for (const speaker of this.speakers) {
      while (speaker.sent < messages && speaker.send());
      if (!speaker.over) left += messages - speaker.sent
    }
    this.offered = messages * this.speakers.length
    this.done = left === 0
  }
}
