import type { User } from '../../../protocol/people.ts'

/** Maximum number of names held, the newest: a disk may stay full for a long time. */
const NAMES_MAX = 10_000

/**
 * Names of users who arrived while the disk was full, until they can be stored. So a full disk does not keep users out.
 */
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

  /** All held users; call `remove` once they are stored. */
  all(): User[] {
    return [...this.#users.values()]
  }

  remove(users: readonly User[]): void {
    for (const user of users) if (this.#users.get(user.id) === user) this.#users.delete(user.id)
  }
}
