import { createInterface } from 'node:readline'
import type { Arguments } from './arguments.ts'
import { EventsClient, type Message } from './events-client.ts'

/** Sends each line of stdin; ends with the input or on /exit. */
export async function chat({ url, name }: Arguments): Promise<void> {
  const client = new EventsClient(url, name)
  client.setMessageCallback((message) => {
    const line = format(message)
    if (line) console.log(line)
  })
  client.on('disconnected', () => console.log('* Connection lost. Reconnecting…'))
  client.on('connected', ({ message }) => console.log(`* ${message}`))
  await client.connect()
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === '/exit') break
    if (line === '/ping') client.ping()
    else if (line.startsWith('/broadcast ')) client.sendBroadcast(line.slice('/broadcast '.length))
    else if (line.startsWith('/')) console.log('* /broadcast <message>, /ping, /exit')
    else if (line !== '') client.sendChatMessage(line)
  }
  client.close()
}

/** A message as one line, without control characters. */
function format(message: Message): string | undefined {
  const { type, sender, content, from_client, message: text, timestamp, recipients, echo } = message
  const line = {
    chat: `${echo ? '(you) ' : ''}${sender}: ${content}`,
    broadcast: `[broadcast from ${from_client}] ${text}`,
    broadcast_ack: `* broadcast sent to ${recipients}`,
    pong: `* pong after ${Date.now() - Number(timestamp)} ms`,
    error: `* ${text}`,
  }[type]
  return line?.replace(/\p{Cc}/gu, ' ')
}
