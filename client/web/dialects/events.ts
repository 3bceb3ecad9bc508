import { speak } from './page.ts'

const BROADCAST = '/broadcast '

/** As at the dialect's own client: /broadcast <message>, /ping, anything else is a chat message. */
speak({
  path: '/ws/events',
  write(text) {
    const timestamp = new Date().toISOString()
    if (text === '/ping') return JSON.stringify({ type: 'ping', timestamp: Date.now() })
    if (text.startsWith(BROADCAST)) {
      return JSON.stringify({ type: 'broadcast', message: text.slice(BROADCAST.length), timestamp })
    }
    return JSON.stringify({ type: 'chat', content: text, timestamp })
  },
  read(frame) {
    const said = JSON.parse(frame)
    return {
      welcome: said.message,
      chat: `${said.sender}: ${said.content}`,
      broadcast: `Broadcast: ${said.message}`,
      broadcast_ack: `Your broadcast went to ${said.recipients}: ${said.message}`,
      pong: `Pong after ${Date.now() - said.timestamp} ms`,
      error: said.message,
    }[said.type as string]
  },
})
