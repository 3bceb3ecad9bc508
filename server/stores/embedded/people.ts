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

  /** Stores the names that could not be written while the disk was full. Call it periodically. */
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

/** Extends how long a user is remembered, and keeps a known name. */
export function extendUser(tx: Transaction, { id, name }: { id: string; name?: string }, until: number): void {
  const key = keys.person(id)
  tx.put(key, { until: renew(tx, key, until), name: name ?? tx.get(key)?.name })
}

/** Extends how long a user's direct rooms stay open. */
export function extendDirect(tx: Transaction, user: string, until: number): void {
  const key = keys.direct(user)
  tx.put(key, { until: renew(tx, key, until) })
}

/** Moves a row's due key, but never to an earlier time; returns its time. */
function renew(tx: Transaction, key: Key<Expiring>, until: number): number {
  const before = tx.get(key)?.until
  const later = Math.max(until, before ?? 0)
  if (before !== undefined) tx.delete(keys.due(before, key))
  tx.put(keys.due(later, key), 1)
  return later
}
