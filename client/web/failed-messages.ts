import type { ChatFault } from '../sdk/fault.ts'
import type { Letter } from '../sdk/pending-command.ts'

/** Something that was written, and that the cluster will not take: its author decides what becomes of it. */
export interface Refused {
  readonly letter: Letter & { command: 'message:send' | 'message:edit' }
  readonly fault: ChatFault
}

/** A text is worth keeping; a deletion or a reaction is done again where it was done. */
export const holdsText = (letter: Letter): letter is Refused['letter'] =>
  letter.command === 'message:send' || letter.command === 'message:edit'
