import type { User } from '../../../protocol/people.ts'

/** Names that are held at most, the newest: a full disk may stay full for long. */
const NAMES_MAX = 10_000

/** The people who came while the disk was full, until their names can be stored: a full disk keeps nobody out. */
export class UnstoredNames {
  readonly #users = new Map<string, User>()

  add(user: User): void {
    this.#users.delete(user.id)
    this.#users.set(user.id, user)
    if (this.#users.size > NAMES_MAX) this.#users.delete(this.#users.keys().next().value!)
  }

  find(id: string): User | undefined {
    return this.#users.get(id)
  }

  /** All that are held; `stored` those that are not needed any more. */
  all(): User[] {
    return [...this.#users.values()]
  }

  remove(users: readonly User[]): void {
    for (const user of users) if (this.#users.get(user.id) === user) this.#users.delete(user.id)
  }
}
