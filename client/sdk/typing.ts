import type { Payload } from '../../protocol/events.ts'
import { TYPING_REPEAT_MS } from '../../protocol/limits.ts'
import type { User } from '../../protocol/people.ts'

/**
 * Reports the user's own typing: when it starts, then at most every TYPING_REPEAT_MS, and immediately when it stops.
 */
export class TypingSender {
  readonly #send: (room: string, typing: boolean) => void
  readonly #now: () => number
  readonly #sentAt = new Map<string, number>()

  constructor(send: (room: string, typing: boolean) => void, now = () => performance.now()) {
    this.#send = send
    this.#now = now
  }

  set(room: string, typing: boolean): void {
    const sentAt = this.#sentAt.get(room)
    if (typing) {
      if (sentAt !== undefined && this.#now() - sentAt < TYPING_REPEAT_MS) return
      this.#sentAt.set(room, this.#now())
    } else if (!this.#sentAt.delete(room)) return
    this.#send(room, typing)
  }

  /** Call this when the connection changes: the next node knows no typing state of this client. */
  clear(): void {
    this.#sentAt.clear()
  }
}

export interface TypingUsers {
  /** The users known by name, without the user of this client. */
  users: User[]
  /** All users who type, named or not, without the user of this client. */
  count: number
}

type NodeReport = Pick<Payload<'typing'>, 'users' | 'count'> & { expiry: ReturnType<typeof setTimeout> }

/**
 * The other users who type in one room: the sum of the reports of all nodes, each of which expires after its time to
 * live.
 */
export class Typists {
  readonly #reports = new Map<string, NodeReport>()
  readonly #self: () => string | undefined
  readonly #changed: (typing: TypingUsers) => void

  constructor(self: () => string | undefined, changed: (typing: TypingUsers) => void) {
    this.#self = self
    this.#changed = changed
  }

  get current(): TypingUsers {
    const self = this.#self()
    const reports = [...this.#reports.values()]
    // A user with two connections may be reported by two nodes.
    const named = new Map(reports.flatMap(({ users }) => users.map((user) => [user.id, user])))
    const total = reports.reduce((sum, { users, count }) => sum + count - users.length, named.size)
    const includesSelf = self !== undefined && named.delete(self)
    return { users: [...named.values()], count: includesSelf ? total - 1 : total }
  }

  /** A `typing` event. */
  apply({ node, users, count, forMs }: Payload<'typing'>): void {
    clearTimeout(this.#reports.get(node)?.expiry)
    const expire = () => {
      this.#reports.delete(node)
      this.#changed(this.current)
    }
    // A repeated report keeps its position in the map, so that names do not swap places every few seconds.
    if (count > 0) this.#reports.set(node, { users, count, expiry: setTimeout(expire, forMs) })
    else this.#reports.delete(node)
    this.#changed(this.current)
  }

  clear(): void {
    if (this.#reports.size === 0) return
    for (const { expiry } of this.#reports.values()) clearTimeout(expiry)
    this.#reports.clear()
    this.#changed(this.current)
  }
}
