import type { Input } from '../../protocol/commands.ts'

export type AppendCommand = 'message:send' | 'message:edit' | 'message:delete' | 'message:react'

/**
 * A command that no node has acknowledged or rejected for good. Plain JSON and immutable: changes make a new object.
 */
export type PendingCommand = {
  [C in AppendCommand]: { readonly command: C; readonly input: Input<C> & { clientId: string } } & PendingState
}[AppendCommand]

interface PendingState {
  /** Id of the author; it is only sent as this user. Undefined before the first session. */
  readonly by?: string
  /** Unix milliseconds on this machine's clock, unique within one outbox. */
  readonly writtenAt?: number
  readonly tried?: FirstTry
  /** It may have been appended, which can no longer be determined: kept aside until the user sends or discards it. */
  readonly doubtful?: true
}

/** Time of the first try in Unix milliseconds, and the position in the room's log that was known then, if any. */
export interface FirstTry {
  readonly at: number
  readonly epoch?: string
  readonly head?: number
}

/** Persistent storage for pending commands. */
export interface OutboxStore {
  /** All stored commands, in the order in which they were first put. */
  all(): PendingCommand[]
  /** Inserts a command, or replaces the one with the same clientId. Throws when storage is full or not permitted. */
  put(pendingCommand: PendingCommand): void
  drop(pending: PendingCommand): void
  /** Registers a callback for commands found later, such as those of a closed tab. */
  watch?(found: (pendingCommands: PendingCommand[]) => void): void
}

/**
 * 128 random bits in hex. `crypto.randomUUID` exists only in secure contexts, and pages may be served over plain http.
 */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
