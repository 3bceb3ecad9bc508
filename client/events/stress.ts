import { randomBytes } from 'node:crypto'
import type { Arguments } from './arguments.ts'
import { EventsClient } from './events-client.ts'

/** Nothing more comes when nothing came for so long. */
const SILENCE_MS = 20_000

/**
 * Everybody sends everything at once; the server takes it at its own pace. Throws unless each message was heard by each
 * client, which makes `clients` × `clients` × `messages` deliveries.
 */
export async function stress({ url, clients: count, messages, bytes }: Arguments): Promise<void> {
  const run = randomBytes(4).toString('hex')
  const clients = Array.from({ length: count }, (_, i) => new EventsClient(url, `Stress ${i + 1}`))
  const began = performance.now()
  await Promise.all(clients.map((client) => client.connect(60_000)))
  console.log(`${count} connected in ${seconds(began)} s`)

  let [heard, lost] = [0, 0]
  const due = count * count * messages
  const started = performance.now()
  await new Promise<void>((resolve) => {
    let silence = setTimeout(resolve, SILENCE_MS)
    for (const client of clients) {
      client.on('disconnected', () => lost++)
      client.setMessageCallback(({ type, content }) => {
        if (type !== 'chat' || !String(content).startsWith(run)) return
        clearTimeout(silence)
        if (++heard === due) resolve()
        else silence = setTimeout(resolve, SILENCE_MS)
      })
      for (let i = 0; i < messages; i++) client.sendChatMessage(`${run} ${i} `.padEnd(bytes, 'x'))
    }
  })
  for (const client of clients) client.close()
  const each = (many: number) => Math.round(many / Math.max(0.001, Number(seconds(started))))
  console.log(`${count * messages} messages of ${bytes} bytes sent, ${each(count * messages)}/s`)
  console.log(`${heard} of ${due} deliveries, ${each(heard)}/s; ${lost} connections lost`)
  if (heard < due) throw new Error(`${due - heard} deliveries are missing.`)
}

const seconds = (since: number): string => ((performance.now() - since) / 1_000).toFixed(2)
