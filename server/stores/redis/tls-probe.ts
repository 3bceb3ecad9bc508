import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Timeout of a probe, in milliseconds. */
const WITHIN_MS = 1_500

export interface Endpoint {
  host: string
  port: number
}

/**
 * Whether a Redis at this endpoint accepts plain TCP. Only trying tells: a plain Redis that receives a TLS handshake
 * waits for a line break in it and often never replies. Any reply to PING, including an error, is plain.
 */
export function speaksPlain(place: Endpoint): Promise<boolean> {
  return withinTimeout(connect(place), async (socket) => {
    socket.write('PING\r\n')
    const [reply] = (await once(socket, 'data')) as [Buffer]
    return /^[-+]/.test(reply.toString('latin1'))
  })
}

/** Whether the server at this endpoint speaks TLS. Certificates are not checked, and no data is sent. */
export function speaksTls({ host, port }: Endpoint): Promise<boolean> {
  const socket = connectTls({ host, port, rejectUnauthorized: false })
  return withinTimeout(socket, async () => {
    await once(socket, 'secureConnect').catch((error: NodeJS.ErrnoException) => {
      // A TLS alert is TLS, too, for example from a server that requires a client certificate.
      if (!/ALERT/.test(error.code ?? '')) throw error
    })
    return true
  })
}

/** False if the endpoint is unreachable, closes the connection or does not answer in time. */
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
