import type { Arguments } from './arguments.ts'
import { EventsClient, type Message } from './events-client.ts'

const TIMEOUT_MS = 15_000

/** Two clients send every message type of the protocol, and the responses are printed. Throws when one is missing. */
export async function demo({ url, name }: Arguments): Promise<void> {
  const [one, other] = [new EventsClient(url, name), new EventsClient(url, 'Bob')]
  const callbacks = new Map<EventsClient, (message: Message) => void>()
  for (const client of [one, other]) client.setMessageCallback((message) => callbacks.get(client)?.(message))

  /** Runs `act`, then waits for a message of the given type. */
  const step = async (what: string, client: EventsClient, type: string, act: () => void) => {
    const answer = new Promise<Message>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${what}: no ${type} message within ${TIMEOUT_MS / 1_000} s.`)),
        TIMEOUT_MS,
      )
      callbacks.set(client, (message) => {
        if (message.type !== type) return
        clearTimeout(timer)
        resolve(message)
      })
    })
    act()
    console.log(`${what}\n    ${JSON.stringify(await answer)}`)
  }

  try {
    for (const client of [one, other]) console.log(`connected\n    ${JSON.stringify(await client.connect(TIMEOUT_MS))}`)
    await step('a chat message is echoed to its sender', one, 'chat', () => one.sendChatMessage('Hello!'))
    await step('and sent to all other clients', other, 'chat', () => one.sendChatMessage('Hello again!'))
    await step('a broadcast is acknowledged', one, 'broadcast_ack', () => one.sendBroadcast('To all'))
    await step('and sent to the other clients', other, 'broadcast', () => one.sendBroadcast('To all of you'))
    await step('a ping is answered with a pong', one, 'pong', () => one.ping())
    await step('an unknown message type is an error', one, 'error', () => one.sendMessage({ type: 'dance' }))
    await step('a heartbeat is sent every ten seconds', other, 'heartbeat', () => {})
    // Nodes publish their stats once a second, so both clients are counted by now.
    const ask = { type: 'custom', action: 'get_stats', client_id: one.clientId }
    await step('stats are sent on request', one, 'stats', () => one.sendMessage(ask))
  } finally {
    one.close()
    other.close()
  }
}
