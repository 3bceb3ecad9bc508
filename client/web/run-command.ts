import type { ChatClient } from '../sdk/client.ts'
import { asFault, type ChatFault, Discarded } from '../sdk/fault.ts'
import { faultText } from './fault-words.ts'
import { chat, notice } from './state.ts'

/** Runs a command. A failure is shown as a notice and returned. */
export async function runCommand(deed: (client: ChatClient) => Promise<unknown>): Promise<ChatFault | undefined> {
  const client = chat.value
  try {
    await (client && deed(client))
    return undefined
  } catch (error) {
    // Closing a client discards its pending commands, which is not an error worth showing.
    if (client === chat.value && !(error instanceof Discarded)) notice.value = faultText(error)
    return asFault(error)
  }
}
