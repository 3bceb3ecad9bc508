import { setTimeout as delay } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'

/** Longer than the server takes to notice a connection lost without a FIN. */
const REFUSED_AFTER_MS = 30_000
const RETRY_MS = 1_000
/** Hold time of an open connection, so that all of a user's connections are open at once. */
const HOLD_MS = 2_000

/**
 * Opens and closes a connection of this user; resolves with the fault code if it is refused for 30 s, else undefined.
 */
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

/** Undefined if the connection is accepted, else the reason for its refusal. */
function outcome(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.once('session', () => resolve(undefined))
    socket.once('connect_error', (error: Error & { data?: { code?: string } }) => {
      resolve(error.data?.code ?? error.message)
    })
    socket.once('disconnect', (reason) => resolve(reason))
  })
}
