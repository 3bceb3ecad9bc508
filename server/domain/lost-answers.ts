import { FaultError } from './fault-error.ts'
import type { Appended, Draft } from './ports.ts'

const REMEMBERED_MOST = 10_000

/**
 * Appends of this node whose outcome is unknown, by clientId. Such an append may have been stored without being counted,
 * so the first retry that finds its entry returns `created: true`, which keeps counters equal to the log.
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
