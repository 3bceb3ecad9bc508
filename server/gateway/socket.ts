import type { Server, Socket } from 'socket.io'
import type { User } from '../../protocol/people.ts'
import type { ClientToServer, ServerToClient } from '../../protocol/socket.ts'

export type Io = Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>
export type ClientSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>

export interface SocketData {
  user: User
  /** Whose limits count, see Peers.network. */
  address: string
  /** Made in this handshake, for a guest who came by name. */
  token?: string
}

const NOTHING = {}

/**
 * Lets go of what was needed to come in: the request, its headers, the credentials. Socket.IO would keep them for as
 * long as the connection lives: 1.4 kB of heap, a tenth of what an idle one costs (`npm run bench -- --workload memory`).
 */
export function forgetHandshake(socket: ClientSocket): void {
  const { data, conn } = socket
  socket.data = { user: data.user, address: data.address }
  Object.assign(socket, { handshake: NOTHING })
  Object.assign(conn, { request: undefined })
}
