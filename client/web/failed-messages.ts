import type { ChatFault } from '../sdk/fault.ts'
import type { PendingCommand } from '../sdk/pending-command.ts'

/** A message or an edit that the server rejected. The user can retry or discard it. */
export interface FailedMessage {
  readonly pendingCommand: PendingCommand & { command: 'message:send' | 'message:edit' }
  readonly fault: ChatFault
}

/** Only rejected text is kept for a retry; a deletion or a reaction is repeated with one click. */
export const holdsText = (pendingCommand: PendingCommand): pendingCommand is FailedMessage['pendingCommand'] =>
  pendingCommand.command === 'message:send' || pendingCommand.command === 'message:edit'
