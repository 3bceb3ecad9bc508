import type { Secrets } from '../../domain/ports.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { agree } from './scripts/agree.ts'

export class RedisSecrets implements Secrets {
  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
  ) {}

  async agree(mine: string): Promise<string[]> {
    return ((await this.db.run(agree, [this.keys.secrets()], [mine])) as string[]).sort()
  }

  async share(mine: string): Promise<string[]> {
    const { db, keys } = this
    const [, all] = await Promise.all([db.call((redis) => redis.sadd(keys.secrets(), mine)), this.all()])
    return all
  }

  async all(): Promise<string[]> {
    return (await this.db.call((redis) => redis.smembers(this.keys.secrets()))).sort()
  }
}
