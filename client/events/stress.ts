import { randomBytes } from 'node:crypto'
import type { Arguments } from './arguments.ts'
import { EventsClient } from './events-client.ts'

/** Without a delivery for this long, the run ends. */
const IDLE_MS = 20_000

/**
 * All clients send all their messages at once. Throws unless each client receives each message, which makes
 * `clients` × `clients` × `messages` deliveries.
 */
export async function stress({ url, clients: count, messages, bytes }: Arguments): Promise<void> {
  const run = randomBytes(4).toString('hex')
  const clients = Array.from({ length: count }, (_, i) => new EventsClient(url, `Stress ${i + 1}`))
  const began = performance.now()
  await Promise.all(clients.map((client) => client.connect(60_000)))
  console.log(`${count} connected in ${seconds(began)} s`)

  let [received, lost] = [0, 0]
  const due = count * count * messages
  const started = performance.now()
  await new Promise<void>((resolve) => {
    let idleTimer = setTimeout(resolve, IDLE_MS)
    for (const client of clients) {
      client.on('disconnected', () => lost++)
      client.setMessageCallback(({ type, content }) => {
        if (type !== 'chat' || !String(content).startsWith(run)) return
        clearTimeout(idleTimer)
        if (++received === due) resolve()
        else idleTimer = setTimeout(resolve, IDLE_MS)
      })
      for (let i = 0; i < messages; i++) client.sendChatMessage(`${run} ${i} `.padEnd(bytes, 'x'))
    }
  })
  for (const client of clients) client.close()
  const each = (many: number) => Math.round(many / Math.max(0.001, Number(seconds(started))))
  console.log(`${count * messages} messages of ${bytes} bytes sent, ${each(count * messages)}/s`)
  console.log(`${received} of ${due} deliveries, ${each(received)}/s; ${lost} connections lost`)
  if (received < due) throw new Error(`${due - received} deliveries are missing.`)
}

const seconds = (since: number): string => ((performance.now() - since) / 1_000).toFixed(2)
