import type { User } from '../../../protocol/people.ts'
import { StoreFull } from '../../domain/fault-error.ts'
import type { StoreSettings, UserDirectory } from '../../domain/ports.ts'
import { withTimeout } from './database.ts'
import type { GroupCommit } from './group-commit.ts'
import { type Expiring, type Key, keys } from './keys.ts'
import type { Transaction } from './transaction.ts'
import type { UnstoredNames } from './unstored-names.ts'

export class EmbeddedPeople implements UserDirectory {
  constructor(
    private readonly shared: { groupCommit: GroupCommit; unstoredNames: UnstoredNames },
    private readonly settings: StoreSettings,
  ) {}

  async remember(user: User): Promise<void> {
    try {
      await this.#store([user])
    } catch (error) {
      if (!(error instanceof StoreFull)) throw error
      this.shared.unstoredNames.add(user)
    }
  }

  /** Stores the names that a full disk did not take, if it has room again. Call it now and then. */
  async storePending(): Promise<void> {
    const { groupCommit, unstoredNames } = this.shared
    const users = unstoredNames.all()
    if (users.length === 0 || groupCommit.failure()) return
    await this.#store(users)
    unstoredNames.remove(users)
  }

  #store(users: readonly User[]): Promise<void> {
    return this.shared.groupCommit.run((tx) => {
      const now = Date.now()
      const until = now + this.settings.rememberMs
      for (const user of users) {
        extendUser(tx, user, until)
        if ((tx.get(keys.direct(user.id))?.until ?? 0) > now) extendDirect(tx, user.id, until)
      }
    })
  }

  find(id: string): Promise<User | undefined> {
    const find = async () => {
      const held = this.shared.unstoredNames.find(id)
      if (held) return held
      const storedUser = this.shared.groupCommit.get(keys.person(id))
      if (storedUser?.name === undefined || storedUser.until <= Date.now()) return undefined
      return { id, name: storedUser.name }
    }
    return withTimeout(find())
  }

  findAll(ids: readonly string[]): Promise<(User | undefined)[]> {
    return Promise.all(ids.map((id) => this.find(id)))
  }
}

/** What is known of a person stays until then at least; a name that was known stays. */
export function extendUser(tx: Transaction, { id, name }: { id: string; name?: string }, until: number): void {
  const key = keys.person(id)
  tx.put(key, { until: renew(tx, key, until), name: name ?? tx.get(key)?.name })
}

/** A user's direct rooms stay open until then at least. */
export function extendDirect(tx: Transaction, user: string, until: number): void {
  const key = keys.direct(user)
  tx.put(key, { until: renew(tx, key, until) })
}

/** Moves a row's due key, never to an earlier time, and returns that time. */
function renew(tx: Transaction, key: Key<Expiring>, until: number): number {
  const before = tx.get(key)?.until
  const later = Math.max(until, before ?? 0)
  if (before !== undefined) tx.delete(keys.due(before, key))
  tx.put(keys.due(later, key), 1)
  return later
}
