import type { Entry } from '../../protocol/entry.ts'
import { asNews } from './news.ts'
import type { Draft } from './ports.ts'
import { Refusal } from './refusal.ts'

const REMEMBERED_MOST = 10_000

/**
 * Appends of this node whose answers were lost, by clientId. Such an append may have been stored, and nobody has counted
 * it: the first retry that finds its entry is answered as if it had created it, so that counters agree with the log.
 */
export class LostAnswers {
  readonly #lost = new Set<string>()

  async append(room: string, draft: Draft, append: () => Promise<Entry>): Promise<Entry> {
    const { clientId, by } = draft
    if (clientId === undefined) return append()
    const key = `${room} ${by.id} ${clientId}`
    try {
      const entry = await append()
      return this.#lost.delete(key) ? asNews(entry) : entry
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unavailable') this.#remember(key)
      throw error
    }
  }

  #remember(key: string): void {
    this.#lost.add(key)
    if (this.#lost.size > REMEMBERED_MOST) this.#lost.delete(this.#lost.values().next().value!)
  }
}
