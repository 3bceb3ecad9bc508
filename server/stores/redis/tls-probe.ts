import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** For the whole of a probe, in milliseconds. */
const WITHIN_MS = 1_500

export interface Endpoint {
  host: string
  port: number
}

/**
 * Does a Redis at this place speak without TLS? A plain Redis that receives a TLS handshake waits for the end of a line
 * in it and often never answers, so nothing but a try tells. Whatever it answers to PING, an error included, is plain.
 */
export function speaksPlain(place: Endpoint): Promise<boolean> {
  return withinTimeout(connect(place), async (socket) => {
    socket.write('PING\r\n')
    const [reply] = (await once(socket, 'data')) as [Buffer]
    return /^[-+]/.test(reply.toString('latin1'))
  })
}

/** Does whoever listens there speak TLS? Certificates are not checked, and nothing is sent. */
export function speaksTls({ host, port }: Endpoint): Promise<boolean> {
  const socket = connectTls({ host, port, rejectUnauthorized: false })
  return withinTimeout(socket, async () => {
    await once(socket, 'secureConnect').catch((error: NodeJS.ErrnoException) => {
      // An alert is TLS as well: of a server that wants a client certificate, for example.
      if (!/ALERT/.test(error.code ?? '')) throw error
    })
    return true
  })
}

/** False when the place cannot be reached, ends the connection or takes too long. */
async function withinTimeout(socket: Socket, ask: (socket: Socket) => Promise<boolean>): Promise<boolean> {
  const timer = setTimeout(() => socket.destroy(new Error('too late')), WITHIN_MS)
  const ended = new Promise<false>((resolve) =>
    socket.on('error', () => resolve(false)).once('close', () => resolve(false)),
  )
  try {
    return await Promise.race([ended, ask(socket).catch(() => false)])
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
