import type { Payload } from '../../protocol/events.ts'
import { TYPING_FOR_MS, TYPING_NAMED_MAX, TYPING_REPEAT_MS } from '../../protocol/limits.ts'
import type { User } from '../../protocol/people.ts'
import type { Connection } from './connection.ts'

const AT_MOST_EVERY_MS = 1_000

interface Typists {
  /** Who types, by connection, and when to stop believing it (performance.now). */
  until: Map<string, { user: User; at: number }>
  saidAt: number
  /** What was said last, to tell a change from a repetition. */
  said: string
  timer?: NodeJS.Timeout
}

type Typist = Pick<Connection, 'id' | 'user'>

/**
 * Who types in which room, among this node's people. A room's word is whole and replaces the one before; it is said at
 * most once a second, at once when it empties, and again while somebody goes on, since readers forget it.
 */
export class Typing {
  readonly #rooms = new Map<string, Typists>()

  constructor(
    private readonly node: string,
    private readonly say: (typing: Payload<'typing'>) => void,
  ) {}

  set(room: string, { id, user }: Typist, typing: boolean): void {
    const typists = this.#rooms.get(room)
    if (typing) {
      const begun = typists ?? { until: new Map(), saidAt: Number.NEGATIVE_INFINITY, said: '' }
      this.#rooms.set(room, begun)
      begun.until.set(id, { user, at: performance.now() + TYPING_FOR_MS })
      this.#consider(room, begun)
    } else if (typists?.until.delete(id)) {
      this.#consider(room, typists)
    }
  }

  /** Whether somebody is typing there, by what is known on this node. */
  isTyping(room: string, user: string): boolean {
    const now = performance.now()
    return [...(this.#rooms.get(room)?.until.values() ?? [])].some(
      (typist) => typist.user.id === user && typist.at > now,
    )
  }

  close(): void {
    for (const { timer } of this.#rooms.values()) clearTimeout(timer)
    this.#rooms.clear()
  }

  #consider(room: string, typists: Typists): void {
    clearTimeout(typists.timer)
    const now = performance.now()
    for (const [id, { at }] of typists.until) if (at <= now) typists.until.delete(id)
    const users = new Map([...typists.until.values()].map(({ user }) => [user.id, user]))
    const word = [...users.keys()].join(' ')
    const since = now - typists.saidAt
    const due = word !== typists.said || (users.size > 0 && since >= TYPING_REPEAT_MS)
    if (due && (users.size === 0 || since >= AT_MOST_EVERY_MS)) {
      Object.assign(typists, { said: word, saidAt: now })
      const named = [...users.values()].slice(0, TYPING_NAMED_MAX)
      this.say({ room, node: this.node, users: named, count: users.size, forMs: TYPING_FOR_MS })
    }
    const rest = Math.max(1, Math.ceil(AT_MOST_EVERY_MS - (now - typists.saidAt)))
    if (users.size === 0) {
      // Kept for as long as a new beginning would have to wait.
      typists.timer = setTimeout(() => this.#rooms.delete(room), rest)
      return
    }
    const expiry = Math.max(1, Math.ceil(Math.min(...[...typists.until.values()].map(({ at }) => at)) - now))
    const wait = word === typists.said ? expiry : Math.min(expiry, rest)
    typists.timer = setTimeout(() => this.#consider(room, typists), wait)
  }
}
