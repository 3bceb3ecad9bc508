import type { HistoryEvent } from '../history.ts'
import type { Judge, Violation } from './violation.ts'

/** Nothing dies by itself, nobody is sent away or becomes somebody else, and all is settled at the end. */
export class Ending implements Judge {
  readonly #users = new Map<string, string>()
  readonly #ended = new Set<string>()
  readonly #violations: Violation[] = []

  take(happening: HistoryEvent): void {
    const { who, at } = happening
    if (this.#ended.has(who)) return
    const about = { who, from: at - 5_000, till: at }
    const stuck = (sentence: string) => this.#violations.push({ kind: 'stuck', sentence, ...about })
    switch (happening.what) {
      case 'is': {
        const before = this.#users.get(who)
        this.#users.set(who, happening.user)
        if (before !== undefined && before !== happening.user) stuck(`${who} came back as somebody else.`)
        break
      }
      case 'condition':
        if (happening.state === 'refused') stuck(`${who} was refused for good: ${happening.code}.`)
        break
      case 'refused':
        stuck(`${who} was sent away from ${happening.room}: ${happening.code}.`)
        break
      case 'ends':
        this.#ended.add(who)
        if (!happening.settled) stuck(`${who} was never done: ${happening.waiting} things waited at the end.`)
        break
      case 'died':
        this.#violations.push({ kind: 'dead', sentence: `${happening.part} ${happening.how}.`, ...about })
        break
    }
  }

  end(): Violation[] {
    for (const who of this.#users.keys()) {
      if (!this.#ended.has(who)) this.#violations.push({ kind: 'stuck', sentence: `${who} has no end.`, who })
    }
    return this.#violations
  }
}
