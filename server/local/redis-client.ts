import { connect } from 'node:net'

const TIMEOUT_MS = 1_000

/** What a Redis on this machine answers to one inline command within a second; undefined when none answers there. */
export function redisCommand(port: number, command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\nQUIT\r\n`))
    let answer = ''
    socket.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => {
      // A paused Redis has answered, but does not hang up.
      resolve(answer || undefined)
      socket.destroy()
    })
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.once('error', () => resolve(undefined))
    socket.once('end', () => resolve(answer))
  })
}
