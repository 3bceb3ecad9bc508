import { createServer } from 'node:net'

/**
 * Server for the control measurement: reads and discards what attackers send. It responds only as needed to keep them
 * going: an upgrade, a session, an occasional poll.
 */
const POLL_AFTER_MS = 500
const OPEN = '0{"sid":"n1.sink","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}'
const SESSION = '42["session",{}]'
const HEAD_END = '\r\n\r\n'

const body = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
const frame = (text: string) => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)])
const UPGRADED = Buffer.concat([
  Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
  frame(OPEN),
  frame(`40{"sid":"sink"}`),
  frame(SESSION),
])

const server = createServer((socket) => {
  let upgraded = false
  let left = 0
  let polls = 0
  let rest = ''
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    if (upgraded) return
    let text = rest + bytes.toString('latin1')
    for (;;) {
      const dropped = Math.min(left, text.length)
      left -= dropped
      text = text.slice(dropped)
      const end = text.indexOf(HEAD_END)
      if (left > 0 || end < 0) break
      const head = text.slice(0, end)
      text = text.slice(end + HEAD_END.length)
      if (/^upgrade: websocket/im.test(head)) {
        upgraded = true
        socket.write(UPGRADED)
        return
      }
      left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      // A slow body gets no response before it is complete, which never happens.
      if (left > 0 && left < 90_000) socket.write(body('ok'))
      else if (left === 0 && !head.includes('sid=')) socket.write(body(OPEN))
      else if (left === 0) {
        const packets = polls++ === 0 ? `40{"sid":"sink"}\x1e${SESSION}` : '6'
        setTimeout(() => socket.writable && socket.write(body(packets)), polls === 1 ? 0 : POLL_AFTER_MS)
      }
    }
    rest = text
  })
})

process.on('disconnect', () => process.exit())
process.on('message', () => process.disconnect?.())
server.listen(0, '127.0.0.1', 4_096, () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port })
})
