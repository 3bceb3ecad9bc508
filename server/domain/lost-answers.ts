import { FaultError } from './fault-error.ts'
import type { Appended, Draft } from './ports.ts'

const REMEMBERED_MOST = 10_000

/**
 * Appends of this node whose answers were lost, by clientId. Such an append may have been stored, and nobody has counted
 * it: the first retry that finds its entry is answered as if it had created it, so that counters agree with the log.
 */
export class UnconfirmedAppends {
  readonly #lost = new Set<string>()

  async append(room: string, draft: Draft, append: () => Promise<Appended>): Promise<Appended> {
    const { clientId, by } = draft
    if (clientId === undefined) return append()
    const key = `${room} ${by.id} ${clientId}`
    try {
      const { entry, created } = await append()
      return { entry, created: this.#lost.delete(key) || created }
    } catch (error) {
      if (error instanceof FaultError && error.code === 'unavailable') this.#remember(key)
      throw error
    }
  }

  #remember(key: string): void {
    this.#lost.add(key)
    if (this.#lost.size > REMEMBERED_MOST) this.#lost.delete(this.#lost.values().next().value!)
  }
}
