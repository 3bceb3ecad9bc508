import type { CommandName, Input, Output } from './commands.ts'
import type { EventName, Payload } from './events.ts'
import type { Answer } from './faults.ts'

/** The event maps that socket.io and socket.io-client take as type parameters. */
export type ClientToServer = {
  [C in CommandName]: (input: Input<C>, ack: (answer: Answer<Output<C>>) => void) => void
}
export type ServerToClient = { [E in EventName]: (payload: Payload<E>) => void }
