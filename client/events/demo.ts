import type { Arguments } from './arguments.ts'
import { EventsClient, type Message } from './events-client.ts'

const PATIENCE_MS = 15_000

/** Two clients say everything that the dialect knows, and the answers are shown. Throws when one does not come. */
export async function demo({ url, name }: Arguments): Promise<void> {
  const [one, other] = [new EventsClient(url, name), new EventsClient(url, 'Somebody else')]
  const heard = new Map<EventsClient, (message: Message) => void>()
  for (const client of [one, other]) client.setMessageCallback((message) => heard.get(client)?.(message))

  /** Does it, and waits for a message of that type. */
  const step = async (what: string, client: EventsClient, type: string, act: () => void) => {
    const answer = new Promise<Message>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}: no ${type} came.`)), PATIENCE_MS)
      heard.set(client, (message) => {
        if (message.type !== type) return
        clearTimeout(timer)
        resolve(message)
      })
    })
    act()
    console.log(`${what}\n    ${JSON.stringify(await answer)}`)
  }

  try {
    for (const client of [one, other])
      console.log(`connected\n    ${JSON.stringify(await client.connect(PATIENCE_MS))}`)
    await step('a chat message comes back to its sender', one, 'chat', () => one.sendChatMessage('Hello!'))
    await step('and goes to everybody', other, 'chat', () => one.sendChatMessage('Hello again!'))
    await step('a broadcast is acknowledged', one, 'broadcast_ack', () => one.sendBroadcast('To all'))
    await step('and goes to the others', other, 'broadcast', () => one.sendBroadcast('To all of you'))
    await step('a ping has its pong', one, 'pong', () => one.ping())
    await step('what is not known is said to be', one, 'error', () => one.sendMessage({ type: 'dance' }))
    await step('every ten seconds a heartbeat comes', other, 'heartbeat', () => {})
    // Nodes say what they have once a second: by now these two are counted.
    const ask = { type: 'custom', action: 'get_stats', client_id: one.clientId }
    await step('and the figures of the cluster are told when asked for', one, 'stats', () => one.sendMessage(ask))
  } finally {
    one.close()
    other.close()
  }
}
