import type { Input } from '../../protocol/commands.ts'

export type AppendCommand = 'message:send' | 'message:edit' | 'message:delete' | 'message:react'

/** Something to be said, until a node acknowledges it or refuses it for good. Plain JSON; never changed, but replaced. */
export type PendingCommand = {
  [C in AppendCommand]: { readonly command: C; readonly input: Input<C> & { clientId: string } } & PendingState
}[AppendCommand]

interface PendingState {
  /** The id of the user who says it, and nobody else may. Unknown before the first session. */
  readonly by?: string
  /** Unix milliseconds on this machine's clock; no two letters of one outbox have the same. */
  readonly writtenAt?: number
  readonly tried?: FirstTry
  /** May have been sent, and nobody can tell any more: it rests until a person decides. */
  readonly doubtful?: true
}

/** When a pending command was tried first, on this machine's clock, and how far the room's log was known then, if at all. */
export interface FirstTry {
  readonly at: number
  readonly epoch?: string
  readonly head?: number
}

/** Where letters outlive the client that wrote them. */
export interface OutboxStore {
  /** In the order in which they were put first. */
  all(): PendingCommand[]
  /** Replaces the one with the same clientId. Throws when it cannot keep it: full, or forbidden. */
  put(pendingCommand: PendingCommand): void
  drop(pending: PendingCommand): void
  /** Says who is to be told of letters that come to light later, such as those of a tab that was closed. */
  watch?(found: (pendingCommands: PendingCommand[]) => void): void
}

/** 128 random bits; `randomUUID` is there only in secure contexts, and people do open a page over plain http. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
