import type { Server, Socket } from 'socket.io'
import type { Status, User } from '../../protocol/people.ts'
import type { ClientToServer, ServerToClient } from '../../protocol/socket.ts'
import type { Seeker } from '../domain/matchmaker.ts'
import type { Pace } from '../domain/pace.ts'
import { Refusal } from '../domain/refusal.ts'
import type { Turns } from '../domain/turns.ts'
import type { Backlog } from './backlog.ts'
import type { HostedRoom } from './hosted-room.ts'

export type Io = Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>
export type ClientSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>

export interface SocketData {
  user: User
  /** Made in this handshake, for a guest who came by name. */
  token?: string
}

/** One client's connection, as the handlers see it. */
export interface Connection {
  readonly id: string
  readonly user: User
  readonly socket: ClientSocket
  readonly backlog: Backlog
  readonly pace: Pace
  status: Status
  /** The rooms that it has joined. */
  readonly rooms: Map<string, HostedRoom>
  /** Joining and leaving a room happen in the order in which they were asked for; what comes behind them waits. */
  readonly settling: Map<string, Promise<unknown>>
  /** Itself, as one who looks for a stranger. */
  readonly seeker: Seeker
  /** Pages come from the store one at a time: a client that asks for megabytes at once delays nobody else's commands. */
  readonly pages: Turns
}

export function joined(connection: Connection, room: string): HostedRoom {
  const hosted = connection.rooms.get(room)
  if (!hosted) throw new Refusal('not_in_room', `Join ${room} first.`)
  return hosted
}
