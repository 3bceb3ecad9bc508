import { createServer } from 'node:http'
import { Redis } from 'ioredis'
import { type WebSocket, WebSocketServer } from 'ws'

/**
 * Baseline: ws and a loop, without a library. Every node receives the rooms it hosts by Redis pub/sub; a single node
 * (no REDIS_URL) forwards directly. Reads PORT and REDIS_URL.
 */
const { PORT, REDIS_URL } = process.env
const publisher = REDIS_URL ? new Redis(REDIS_URL) : undefined
const subscriber = REDIS_URL ? new Redis(REDIS_URL) : undefined
const rooms = new Map<string, Set<WebSocket>>()

type Request = { join: string } | { room: string; text: string; id: number }

const http = createServer((_, res) => res.end('ready'))
const server = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false })

server.on('connection', (socket) => {
  let room = ''
  socket.on('message', async (data) => {
    const request = JSON.parse(data.toString()) as Request
    if ('join' in request) {
      room = request.join
      await enter(room, socket)
      socket.send('{"joined":true}')
    } else {
      const message = JSON.stringify({ room: request.room, text: request.text })
      if (publisher) void publisher.publish(request.room, message)
      else broadcast(request.room, message)
      socket.send(`{"ok":${request.id}}`)
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => rooms.get(room)?.delete(socket))
})
subscriber?.on('message', broadcast)

async function enter(room: string, socket: WebSocket): Promise<void> {
  const members = rooms.get(room)
  if (members) members.add(socket)
  else rooms.set(room, new Set([socket]))
  // ioredis sends commands in order, so later joins of the room wait for its first subscription.
  await subscriber?.subscribe(room)
}

function broadcast(room: string, message: string): void {
  // One shared buffer, so that the message is encoded once.
  const bytes = Buffer.from(message)
  for (const socket of rooms.get(room) ?? []) socket.send(bytes, { binary: false })
}

http.listen({ port: Number(PORT), host: '127.0.0.1', backlog: 4_096 })
