import type { Member, Status, User } from '../../../protocol/people.ts'
import type { Store } from '../../domain/ports.ts'
import { Signal } from './cluster.ts'

export const as = (user: User, status: Status): Member => ({ ...user, status })

/** All members of a room, as seen by one node, of all pages. */
export async function membersOf(store: Store, room: string, limit = 100): Promise<Member[]> {
  const members: Member[] = []
  let after: string | undefined
  do {
    const page = await store.roster.list(room, { after, limit })
    members.push(...page.members)
    after = page.next
  } while (after !== undefined)
  return members
}

/** Reads a room's roster when `watch` reports a change, and only then. */
export class RecordingPresence {
  readonly #signal = new Signal()
  calls = 0
  stop = (): void => {}

  private constructor(
    private readonly store: Store,
    private readonly room: string,
  ) {}

  static async on(store: Store, room: string): Promise<RecordingPresence> {
    const presence = new RecordingPresence(store, room)
    presence.stop = await store.roster.watch(room, () => {
      presence.calls++
      presence.#signal.emit()
    })
    return presence
  }

  /** Resolves at the next change that `watch` reports. */
  nextChange(): Promise<void> {
    return this.#signal.next('a change of the roster')
  }

  /** Resolves when exactly these members are in the room; they are compared in the order of ids. */
  async waitFor(...members: Member[]): Promise<void> {
    const wanted = JSON.stringify(members.sort((x, y) => (x.id < y.id ? -1 : 1)).map(line))
    for (;;) {
      const next = this.#signal.next(`a roster of ${wanted}`)
      next.catch(() => {})
      if (JSON.stringify((await membersOf(this.store, this.room)).map(line)) === wanted) return this.#signal.emit()
      await next
    }
  }
}

const line = ({ id, name, status }: Member) => [id, name, status]
