import type { Server, Socket } from 'socket.io'
import type { User } from '../../protocol/people.ts'
import type { ClientToServer, ServerToClient } from '../../protocol/socket.ts'

export type Io = Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>
export type ClientSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>

export interface SocketData {
  user: User
  /** The client address that rate limits are counted by, see `Peers.network`. */
  address: string
  /** Issued during this handshake, for a guest who connected with a name. */
  token?: string
}
