import { setTimeout as delay } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'

/** Longer than a connection without a FIN may take to be noticed. */
const REFUSED_AFTER_MS = 30_000
const RETRY_MS = 1_000
/** An open connection is kept for this long, so that all of a user's count at the same time. */
const HOLD_MS = 2_000

/** Opens and closes a connection of that user; resolves with the code of the refusal when none is let in for 30 s. */
export async function openConnection(url: string, token: string): Promise<string | undefined> {
  const end = Date.now() + REFUSED_AFTER_MS
  for (;;) {
    const socket = io(url, { auth: { token, retries: true }, forceNew: true, reconnection: false })
    try {
      const code = await outcome(socket)
      if (code === undefined) await delay(HOLD_MS)
      if (code === undefined || Date.now() > end) return code
    } finally {
      socket.disconnect()
    }
    await delay(RETRY_MS)
  }
}

/** Undefined when the connection is let in, else why it is not. */
function outcome(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.once('session', () => resolve(undefined))
    socket.once('connect_error', (error: Error & { data?: { code?: string } }) => {
      resolve(error.data?.code ?? error.message)
    })
    socket.once('disconnect', (reason) => resolve(reason))
  })
}
