import type { HistoryEvent, Of } from '../history.ts'
import type { Judge, Violation } from './violation.ts'

/** After the run, no user is locked out by leaked connections and no user who left is still listed as a member. */
export class Aftermath implements Judge {
  readonly #users = new Map<string, string>()
  readonly #remains: Of<'ghosts'>[] = []
  readonly #violations: Violation[] = []

  take(historyEvent: HistoryEvent): void {
    const { who, at } = historyEvent
    switch (historyEvent.what) {
      case 'identified':
        this.#users.set(historyEvent.user, who)
        break
      case 'connections': {
        const { opened, refused, code } = historyEvent
        if (refused === 0) break
        const sentence = `${who} was refused ${refused} of ${opened + refused} connections: ${code}.`
        this.#violations.push({ kind: 'locked out', sentence, who, from: at - 60_000, till: at })
        break
      }
      case 'ghosts':
        this.#remains.push(historyEvent)
        break
    }
  }

  end(): Violation[] {
    const ghosts = this.#remains.flatMap(({ room, ids, at }) =>
      ids.map((id): Violation => {
        const who = this.#users.get(id) ?? id
        const sentence = `${who} is still shown in ${room} a minute after all clients left.`
        return { kind: 'ghost', sentence, who, room, from: at - 60_000, till: at }
      }),
    )
    return [...this.#violations, ...ghosts]
  }
}
