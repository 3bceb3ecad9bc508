import type { HistoryEvent } from '../history.ts'
import type { Judge, Violation } from './violation.ts'

/** No process dies unprompted, no client is refused or changes its user id, and every client settles at the end. */
export class Ending implements Judge {
  readonly #users = new Map<string, string>()
  readonly #ended = new Set<string>()
  readonly #violations: Violation[] = []

  take(historyEvent: HistoryEvent): void {
    const { who, at } = historyEvent
    if (this.#ended.has(who)) return
    const about = { who, from: at - 5_000, till: at }
    const stuck = (sentence: string) => this.#violations.push({ kind: 'stuck', sentence, ...about })
    switch (historyEvent.what) {
      case 'identified': {
        const before = this.#users.get(who)
        this.#users.set(who, historyEvent.user)
        if (before !== undefined && before !== historyEvent.user) stuck(`${who} reconnected as another user.`)
        break
      }
      case 'state':
        if (historyEvent.state === 'refused') stuck(`${who} was refused permanently: ${historyEvent.code}.`)
        break
      case 'refused':
        stuck(`${who} was removed from ${historyEvent.room}: ${historyEvent.code}.`)
        break
      case 'ended':
        this.#ended.add(who)
        if (!historyEvent.settled)
          stuck(`${who} did not settle: ${historyEvent.waiting} commands were pending at the end.`)
        break
      case 'died':
        this.#violations.push({ kind: 'dead', sentence: `${historyEvent.part} ${historyEvent.how}.`, ...about })
        break
    }
  }

  end(): Violation[] {
    for (const who of this.#users.keys()) {
      if (!this.#ended.has(who)) this.#violations.push({ kind: 'stuck', sentence: `${who} never ended.`, who })
    }
    return this.#violations
  }
}
