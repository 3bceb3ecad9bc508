import type { User } from '../../../protocol/people.ts'
import { StoreFull } from '../../domain/fault-error.ts'
import type { People, StoreSettings } from '../../domain/ports.ts'
import { answered } from './database.ts'
import type { GroupCommit } from './group-commit.ts'
import { type Expiring, type Key, keys } from './keys.ts'
import type { Transaction } from './transaction.ts'
import type { UnstoredNames } from './unstored-names.ts'

export class EmbeddedPeople implements People {
  constructor(
    private readonly shared: { ledger: GroupCommit; unstored: UnstoredNames },
    private readonly settings: StoreSettings,
  ) {}

  async remember(user: User): Promise<void> {
    try {
      await this.#store([user])
    } catch (error) {
      if (!(error instanceof StoreFull)) throw error
      this.shared.unstored.hold(user)
    }
  }

  /** Stores the names that a full disk did not take, if it has room again. Call it now and then. */
  async storeHeld(): Promise<void> {
    const { ledger, unstored } = this.shared
    const users = unstored.all()
    if (users.length === 0 || ledger.failure()) return
    await this.#store(users)
    unstored.stored(users)
  }

  #store(users: readonly User[]): Promise<void> {
    return this.shared.ledger.run((tx) => {
      const now = Date.now()
      const until = now + this.settings.rememberMs
      for (const user of users) {
        keep(tx, user, until)
        if ((tx.get(keys.direct(user.id))?.until ?? 0) > now) keepDirect(tx, user.id, until)
      }
    })
  }

  find(id: string): Promise<User | undefined> {
    const find = async () => {
      const held = this.shared.unstored.find(id)
      if (held) return held
      const storedUser = this.shared.ledger.get(keys.person(id))
      if (storedUser?.name === undefined || storedUser.until <= Date.now()) return undefined
      return { id, name: storedUser.name }
    }
    return answered(find())
  }

  findAll(ids: readonly string[]): Promise<(User | undefined)[]> {
    return Promise.all(ids.map((id) => this.find(id)))
  }
}

/** What is known of a person stays until then at least; a name that was known stays. */
export function keep(tx: Transaction, { id, name }: { id: string; name?: string }, until: number): void {
  const key = keys.person(id)
  tx.put(key, { until: renew(tx, key, until), name: name ?? tx.get(key)?.name })
}

/** A user's direct rooms stay open until then at least. */
export function keepDirect(tx: Transaction, user: string, until: number): void {
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
