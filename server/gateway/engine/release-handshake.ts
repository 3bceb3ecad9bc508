import type { ClientSocket } from '../socket.ts'

const EMPTY = {}

/**
 * Releases what only the handshake needs: the HTTP request, its headers and the credentials. Socket.IO and Engine.IO keep
 * them for the lifetime of the connection, which costs 1.4 kB of heap, a tenth of what an idle connection takes
 * (`npm run bench -- --workload memory`). Nothing may read `socket.handshake` or `socket.request` afterwards.
 */
export function releaseHandshake(socket: ClientSocket): void {
  const { data, conn } = socket
  socket.data = { user: data.user, address: data.address }
  Object.assign(socket, { handshake: EMPTY })
  Object.assign(conn, { request: undefined })
}
