import type { ChatFault } from '../sdk/fault.ts'
import type { PendingCommand } from '../sdk/pending-command.ts'

/** Something that was written, and that the cluster will not take: its author decides what becomes of it. */
export interface FailedMessage {
  readonly letter: PendingCommand & { command: 'message:send' | 'message:edit' }
  readonly fault: ChatFault
}

/** A text is worth keeping; a deletion or a reaction is done again where it was done. */
export const holdsText = (pendingCommand: PendingCommand): pendingCommand is FailedMessage['letter'] =>
  pendingCommand.command === 'message:send' || pendingCommand.command === 'message:edit'
