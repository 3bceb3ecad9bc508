import type { Member, Status, User } from '../../../protocol/people.ts'
import type { Store } from '../../domain/ports.ts'
import { Signal } from './cluster.ts'

export const as = (user: User, status: Status): Member => ({ ...user, status })

/** Everybody in a room, as one node sees it, page by page. */
export async function everybody(store: Store, room: string, limit = 100): Promise<Member[]> {
  const members: Member[] = []
  let after: string | undefined
  do {
    const page = await store.roster.list(room, { after, limit })
    members.push(...page.members)
    after = page.next
  } while (after !== undefined)
  return members
}

/** Looks at a room's roster again at each word of `watch`, and at no other time. */
export class RecordingPresence {
  readonly #signal = new Signal()
  calls = 0
  stop = (): void => {}

  private constructor(
    private readonly store: Store,
    private readonly room: string,
  ) {}

  static async on(store: Store, room: string): Promise<RecordingPresence> {
    const recordingPresence = new RecordingPresence(store, room)
    recordingPresence.stop = await store.roster.watch(room, () => {
      recordingPresence.calls++
      recordingPresence.#signal.ring()
    })
    return recordingPresence
  }

  /** Resolves at the next word of `watch`. */
  word(): Promise<void> {
    return this.#signal.next('a change of the roster')
  }

  /** Resolves when the room holds exactly these people; they are compared in the order of ids. */
  async sees(...members: Member[]): Promise<void> {
    const wanted = JSON.stringify(members.sort((x, y) => (x.id < y.id ? -1 : 1)).map(line))
    for (;;) {
      const next = this.#signal.next(`a roster of ${wanted}`)
      next.catch(() => {})
      if (JSON.stringify((await everybody(this.store, this.room)).map(line)) === wanted) return this.#signal.ring()
      await next
    }
  }
}

const line = ({ id, name, status }: Member) => [id, name, status]
