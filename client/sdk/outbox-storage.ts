import type { OutboxStore, PendingCommand } from './pending-command.ts'

/** The letters' store, if there is one, and what becomes of letters that it cannot keep: they live in memory alone. */
export class OutboxStorage {
  readonly #store?: OutboxStore
  readonly #refused = new Set<string>()

  constructor(store: OutboxStore | undefined) {
    this.#store = store
  }

  /** How many letters the store could not keep. */
  get unpersistedCount(): number {
    return this.#refused.size
  }

  all(): PendingCommand[] {
    return this.#store?.all() ?? []
  }

  watch(found: (pendingCommands: PendingCommand[]) => void): void {
    this.#store?.watch?.(found)
  }

  put(pendingCommand: PendingCommand): void {
    const { clientId } = pendingCommand.input
    try {
      this.#store?.put(pendingCommand)
      this.#refused.delete(clientId)
    } catch {
      // Better forgotten than remembered as it was before: a try that nobody remembers is repeated however late.
      this.drop(pendingCommand)
      this.#refused.add(clientId)
    }
  }

  drop(pending: PendingCommand): void {
    this.#refused.delete(pending.input.clientId)
    try {
      this.#store?.drop(pending)
    } catch {
      // It will be found again and, having been tried, be looked for in the log.
    }
  }

  /** This life of the letters is over. */
  leave(): void {
    this.#refused.clear()
  }
}
