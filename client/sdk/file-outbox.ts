import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { OutboxStore, PendingCommand } from './pending-command.ts'

/** With texts of the maximum length, the file is at most 16 MB. */
export const MAX_FILE_COMMANDS = 1_000

/**
 * Pending commands in one JSON file, for Node. Each change writes a new file and renames it, so that a crash never
 * leaves a partial file. Only one process may use the file at a time.
 */
export class FileOutbox implements OutboxStore {
  readonly #path: string
  readonly #pendingCommands: Map<string, PendingCommand>

  /** Throws when the file exists but cannot be read or is not valid JSON. */
  constructor(path: string) {
    this.#path = path
    this.#pendingCommands = new Map(read(path).map((pendingCommand) => [pendingCommand.input.clientId, pendingCommand]))
  }

  all(): PendingCommand[] {
    return [...this.#pendingCommands.values()]
  }

  put(pending: PendingCommand): void {
    const { clientId } = pending.input
    if (!this.#pendingCommands.has(clientId) && this.#pendingCommands.size >= MAX_FILE_COMMANDS) {
      throw new Error(
        `The outbox is full: it holds ${MAX_FILE_COMMANDS} commands. Wait until some are sent, or discard some.`,
      )
    }
    this.#pendingCommands.set(clientId, pending)
    this.#write()
  }

  drop({ input: { clientId } }: PendingCommand): void {
    if (this.#pendingCommands.delete(clientId)) this.#write()
  }

  #write(): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.all(), null, 1))
    renameSync(`${this.#path}.new`, this.#path)
  }
}

function read(path: string): PendingCommand[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as PendingCommand[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
