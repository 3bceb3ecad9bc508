import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Way } from '../domain/journal.ts'
import { Traffic } from './traffic.ts'

const counted: Partial<Record<Way, { bytesIn: number; bytesOut: number }>> = {}
let heard = () => {}
const traffic = new Traffic({
  bytes(way, bytesIn, bytesOut) {
    const before = counted[way] ?? { bytesIn: 0, bytesOut: 0 }
    counted[way] = { bytesIn: before.bytesIn + bytesIn, bytesOut: before.bytesOut + bytesOut }
    heard()
  },
})
const server = createServer((req, res) => {
  traffic.request(req, res, req.url === '/rest' ? 'rest' : 'http')
  req.resume().once('end', () => res.end('x'.repeat(1_000)))
}).on('upgrade', (_req, socket) => {
  traffic.webSocket(socket, 'text')
  socket.write('welcome')
  socket.on('data', () => {}).on('end', () => socket.end())
})
let port: number
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function until(yes: () => boolean): Promise<void> {
  while (!yes()) {
    await new Promise<void>((resolve) => {
      heard = resolve
    })
  }
}

test('requests on one connection are counted by protocol and add up to the bytes of the connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let socket: Socket | undefined
  for (const path of ['/rest', '/page', '/rest']) {
    const asked = request({ port, host: '127.0.0.1', path, method: 'POST', agent }).end('y'.repeat(2_000))
    const [answer] = await once(asked, 'response')
    expect(socket ?? asked.socket).toBe(asked.socket)
    socket = asked.socket!
    await once(answer.resume(), 'end')
  }
  const all = () => ({
    bytesIn: (counted.rest?.bytesIn ?? 0) + (counted.http?.bytesIn ?? 0),
    bytesOut: (counted.rest?.bytesOut ?? 0) + (counted.http?.bytesOut ?? 0),
  })
  await until(() => all().bytesIn >= socket!.bytesWritten && all().bytesOut >= socket!.bytesRead)
  expect(all()).toEqual({ bytesIn: socket!.bytesWritten, bytesOut: socket!.bytesRead })
  expect(counted.rest!.bytesIn).toBeGreaterThan(1.9 * counted.http!.bytesIn)
  agent.destroy()
})

test('a WebSocket is counted while it is open and once more when it closes', async () => {
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await once(socket, 'data')
  traffic.sample()
  expect(counted.text).toEqual({ bytesIn: socket.bytesWritten, bytesOut: 'welcome'.length })
  socket.write('z'.repeat(5_000))
  socket.end()
  await until(() => counted.text!.bytesIn === socket.bytesWritten)
  expect(counted.text!.bytesOut).toBe('welcome'.length)
})
