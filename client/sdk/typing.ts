import type { Payload } from '../../protocol/events.ts'
import { TYPING_REPEAT_MS } from '../../protocol/limits.ts'
import type { User } from '../../protocol/people.ts'

/** Our own typing, said when it begins, at most every TYPING_REPEAT_MS while it lasts, and at once when it ends. */
export class TypingSender {
  readonly #say: (room: string, typing: boolean) => void
  readonly #now: () => number
  readonly #saidAt = new Map<string, number>()

  constructor(say: (room: string, typing: boolean) => void, now = () => performance.now()) {
    this.#say = say
    this.#now = now
  }

  set(room: string, typing: boolean): void {
    const saidAt = this.#saidAt.get(room)
    if (typing) {
      if (saidAt !== undefined && this.#now() - saidAt < TYPING_REPEAT_MS) return
      this.#saidAt.set(room, this.#now())
    } else if (!this.#saidAt.delete(room)) return
    this.#say(room, typing)
  }

  /** Another connection: nobody there has heard anything. */
  clear(): void {
    this.#saidAt.clear()
  }
}

export interface TypingPeople {
  /** Those who are named, without oneself. */
  users: User[]
  count: number
}

type Word = Pick<Payload<'typing'>, 'users' | 'count'> & { forget: ReturnType<typeof setTimeout> }

/** Who else is typing in one room: the words of all nodes added up, each forgotten after its time to live. */
export class Typists {
  readonly #words = new Map<string, Word>()
  readonly #self: () => string | undefined
  readonly #changed: (people: TypingPeople) => void

  constructor(self: () => string | undefined, changed: (people: TypingPeople) => void) {
    this.#self = self
    this.#changed = changed
  }

  get people(): TypingPeople {
    const self = this.#self()
    const words = [...this.#words.values()]
    // Somebody with two connections may be named by two nodes.
    const named = new Map(words.flatMap(({ users }) => users.map((user) => [user.id, user])))
    const total = words.reduce((sum, { users, count }) => sum + count - users.length, named.size)
    const myself = self !== undefined && named.delete(self)
    return { users: [...named.values()], count: myself ? total - 1 : total }
  }

  /** A `typing` event. */
  take({ node, users, count, forMs }: Payload<'typing'>): void {
    clearTimeout(this.#words.get(node)?.forget)
    const forget = () => {
      this.#words.delete(node)
      this.#changed(this.people)
    }
    // A repeated word keeps its place, so that names do not change places every few seconds.
    if (count > 0) this.#words.set(node, { users, count, forget: setTimeout(forget, forMs) })
    else this.#words.delete(node)
    this.#changed(this.people)
  }

  clear(): void {
    if (this.#words.size === 0) return
    for (const { forget } of this.#words.values()) clearTimeout(forget)
    this.#words.clear()
    this.#changed(this.people)
  }
}
