import { Pace, type Rate } from './token-bucket.ts'

const FORGET_EVERY_MS = 60_000

/** A bucket for each key (a user, an address). Full ones are forgotten, so strangers cost nothing for long. */
export class Paces {
  readonly #paces = new Map<string, Pace>()
  #forgotAt = performance.now()

  constructor(private readonly rate: Rate) {}

  of(key: string): Pace {
    const now = performance.now()
    if (now - this.#forgotAt > FORGET_EVERY_MS) this.#forget(now)
    const pace = this.#paces.get(key) ?? new Pace(this.rate, now)
    this.#paces.set(key, pace)
    return pace
  }

  #forget(now: number): void {
    for (const [key, pace] of this.#paces) if (pace.full(now)) this.#paces.delete(key)
    this.#forgotAt = now
  }
}
