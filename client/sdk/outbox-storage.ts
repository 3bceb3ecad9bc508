import type { OutboxStore, PendingCommand } from './pending-command.ts'

/** The optional persistent store of the outbox. Commands that it cannot store are kept in memory only, and counted. */
export class OutboxStorage {
  readonly #store?: OutboxStore
  readonly #unpersisted = new Set<string>()

  constructor(store: OutboxStore | undefined) {
    this.#store = store
  }

  /** Number of commands that the store could not keep. */
  get unpersistedCount(): number {
    return this.#unpersisted.size
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
      this.#unpersisted.delete(clientId)
    } catch {
      // Delete the outdated version: without the new `tried`, a restart would send the command again outside the dedupe
      // window.
      this.drop(pendingCommand)
      this.#unpersisted.add(clientId)
    }
  }

  drop(pending: PendingCommand): void {
    this.#unpersisted.delete(pending.input.clientId)
    try {
      this.#store?.drop(pending)
    } catch {
      // The command is found on the next start; since `tried` is set, the log is searched before it is sent again.
    }
  }

  reset(): void {
    this.#unpersisted.clear()
  }
}
