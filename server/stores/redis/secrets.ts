import type { Secrets } from '../../domain/ports.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { addIfEmpty, addSecret } from './scripts/agree.ts'

export class RedisSecrets implements Secrets {
  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
  ) {}

  async agree(mine: string): Promise<string[]> {
    return ((await this.db.run(addIfEmpty, [this.keys.secrets()], [mine])) as string[]).sort()
  }

  async share(mine: string): Promise<string[]> {
    return ((await this.db.run(addSecret, [this.keys.secrets()], [mine])) as string[]).sort()
  }

  async all(): Promise<string[]> {
    return (await this.db.call((redis) => redis.smembers(this.keys.secrets()))).sort()
  }
}
