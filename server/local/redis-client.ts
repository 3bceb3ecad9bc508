import { connect } from 'node:net'

const TIMEOUT_MS = 1_000

/** Sends one inline command to a local Redis; resolves to its raw reply, or undefined if there is none within a second. */
export function redisCommand(port: number, command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\nQUIT\r\n`))
    let reply = ''
    socket.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => {
      // A paused Redis replies but does not close the connection.
      resolve(reply || undefined)
      socket.destroy()
    })
    socket.on('data', (chunk) => {
      reply += chunk
    })
    socket.once('error', () => resolve(undefined))
    socket.once('end', () => resolve(reply))
  })
}
