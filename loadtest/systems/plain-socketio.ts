import { createServer } from 'node:http'
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'

/**
 * A chat server as documented by Socket.IO and its Redis adapter: a send is acknowledged and broadcast to the room on
 * every node. Tuned as the documentation recommends: no compression (the default), the handshake request discarded.
 * Reads PORT, REDIS_URL and ADAPTER (classic or sharded).
 */
const { PORT, REDIS_URL, ADAPTER } = process.env
const [publisher, subscriber] = [new Redis(REDIS_URL!), new Redis(REDIS_URL!)]

const http = createServer((_, res) => res.end('ready'))
const io = new Server(http, {
  serveClient: false,
  perMessageDeflate: false,
  httpCompression: false,
  adapter: ADAPTER === 'sharded' ? createShardedAdapter(publisher, subscriber) : createAdapter(publisher, subscriber),
})
io.engine.on('connection', (session) => {
  session.request = null
})
io.on('connection', (socket) => {
  socket.on('join', async (room: string, ack: (answer: object) => void) => {
    await socket.join(room)
    ack({ ok: true })
  })
  socket.on('send', ({ room, text }: { room: string; text: string }, ack: (answer: object) => void) => {
    io.to(room).emit('message', { room, from: socket.handshake.auth.name, text })
    ack({ ok: true })
  })
})

http.listen({ port: Number(PORT), host: '127.0.0.1', backlog: 4_096 })
