import type { User } from '../../../protocol/people.ts'
import type { StoreSettings, UserDirectory } from '../../domain/ports.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { rememberUser } from './scripts/people.ts'

export class RedisPeople implements UserDirectory {
  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
    private readonly settings: StoreSettings,
  ) {}

  async remember({ id, name }: User): Promise<void> {
    const { db, keys, settings } = this
    await Promise.all([
      db.run(rememberUser, [keys.name(id)], [name, settings.rememberMs]),
      db.call((redis) => redis.pexpire(keys.directRooms(id), settings.rememberMs)),
      db.call((redis) => redis.pexpire(keys.readMarks(id), settings.rememberMs)),
    ])
  }

  async find(id: string): Promise<User | undefined> {
    const name = await this.db.call((redis) => redis.get(this.keys.name(id)))
    return name === null ? undefined : { id, name }
  }

  async findAll(ids: readonly string[]): Promise<(User | undefined)[]> {
    if (ids.length === 0) return []
    const names = await this.db.call((redis) => redis.mget(ids.map((id) => this.keys.name(id))))
    return ids.map((id, i) => (names[i] == null ? undefined : { id, name: names[i] }))
  }
}
