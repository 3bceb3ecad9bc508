import type { Secrets } from '../../domain/ports.ts'
import { withTimeout } from './database.ts'
import type { GroupCommit } from './group-commit.ts'
import { keys } from './keys.ts'

export class EmbeddedSecrets implements Secrets {
  constructor(private readonly groupCommit: GroupCommit) {}

  agree(mine: string): Promise<string[]> {
    return this.groupCommit.run((tx) => {
      const known = tx.get(keys.secrets) ?? []
      if (known.length > 0) return known
      tx.put(keys.secrets, [mine])
      return [mine]
    })
  }

  share(mine: string): Promise<string[]> {
    return this.groupCommit.run((tx) => {
      const known = tx.get(keys.secrets) ?? []
      if (known.includes(mine)) return known
      const all = [...known, mine]
      tx.put(keys.secrets, all)
      return all
    })
  }

  all(): Promise<string[]> {
    const all = async () => this.groupCommit.get(keys.secrets) ?? []
    return withTimeout(all())
  }
}
