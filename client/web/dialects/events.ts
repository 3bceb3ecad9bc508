import { startDialectPage } from './page.ts'

const BROADCAST = '/broadcast '

/** The commands of the dialect's original client: `/broadcast <message>` and `/ping`; other input is a chat message. */
startDialectPage({
  path: '/ws/events',
  encode(text) {
    const timestamp = new Date().toISOString()
    if (text === '/ping') return JSON.stringify({ type: 'ping', timestamp: Date.now() })
    if (text.startsWith(BROADCAST)) {
      return JSON.stringify({ type: 'broadcast', message: text.slice(BROADCAST.length), timestamp })
    }
    return JSON.stringify({ type: 'chat', content: text, timestamp })
  },
  decode(frame) {
    const message = JSON.parse(frame)
    return {
      welcome: message.message,
      chat: `${message.sender}: ${message.content}`,
      broadcast: `Broadcast: ${message.message}`,
      broadcast_ack: `Broadcast sent to ${message.recipients}: ${message.message}`,
      pong: `Pong after ${Date.now() - message.timestamp} ms`,
      error: message.message,
    }[message.type as string]
  },
})
