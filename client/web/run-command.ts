import type { ChatClient } from '../sdk/client.ts'
import { asFault, type ChatFault, Discarded } from '../sdk/fault.ts'
import { faultText } from './fault-words.ts'
import { chat, notice } from './state.ts'

/** Does something that may be refused; why it was, which a notice says as well. */
export async function runCommand(deed: (client: ChatClient) => Promise<unknown>): Promise<ChatFault | undefined> {
  const client = chat.value
  try {
    await (client && deed(client))
    return undefined
  } catch (error) {
    // A client that was closed has given up on what waited, and nobody is there to read about it.
    if (client === chat.value && !(error instanceof Discarded)) notice.value = faultText(error)
    return asFault(error)
  }
}
