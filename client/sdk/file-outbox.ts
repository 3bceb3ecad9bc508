import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { OutboxStore, PendingCommand } from './pending-command.ts'

/** So many letters of the longest text are a file of 16 MB at the most. */
export const LETTER_FILE_MOST = 1_000

/**
 * Letters in one JSON file, for Node: it is replaced at each change, whole, so that it is never half written. One
 * process at a time.
 */
export class FileOutbox implements OutboxStore {
  readonly #path: string
  readonly #pendingCommands: Map<string, PendingCommand>

  /** Throws when there is a file that cannot be read, or holds something else. */
  constructor(path: string) {
    this.#path = path
    this.#pendingCommands = new Map(read(path).map((pendingCommand) => [pendingCommand.input.clientId, pendingCommand]))
  }

  all(): PendingCommand[] {
    return [...this.#pendingCommands.values()]
  }

  put(letter: PendingCommand): void {
    const { clientId } = letter.input
    if (!this.#pendingCommands.has(clientId) && this.#pendingCommands.size >= LETTER_FILE_MOST) {
      throw new Error(`${LETTER_FILE_MOST} letters wait already.`)
    }
    this.#pendingCommands.set(clientId, letter)
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
