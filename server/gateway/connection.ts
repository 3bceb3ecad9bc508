import type { Status, User } from '../../protocol/people.ts'
import { FaultError } from '../domain/fault-error.ts'
import type { Way } from '../domain/journal.ts'
import type { MatchClient } from '../domain/matchmaker.ts'
import type { Pair } from '../domain/ports.ts'
import { SerialQueue } from '../domain/serial-queue.ts'
import type { Inbound } from './engine/inbound.ts'
import { Backpressure } from './room/backpressure.ts'
import type { HostedRoom } from './room/hosted-room.ts'
import type { ClientSocket } from './socket.ts'

/**
 * One client's connection, as the handlers see it. There are tens of thousands on a node, mostly idle: what few of them
 * need at a time is made when it is needed.
 */
export class Connection implements MatchClient {
  status: Status = 'online'
  /** The rooms that it has joined. */
  readonly rooms = new Map<string, HostedRoom>()
  readonly backlog: Backpressure
  #settling?: Map<string, Promise<unknown>>
  #pages?: SerialQueue

  constructor(
    readonly socket: ClientSocket,
    readonly inbound: Inbound,
    /** Takes the connection out of the room of a match that has ended. */
    private readonly leaveMatch: (room: string, connection: Connection) => Promise<void>,
  ) {
    this.backlog = new Backpressure(socket)
  }

  get id(): string {
    return this.socket.id
  }

  get way(): Way {
    return this.socket.conn.transport.name as Way
  }

  get address(): string {
    return this.socket.data.address
  }

  get user(): User {
    return this.socket.data.user
  }

  /** Pages come from the store one at a time: a client that asks for megabytes at once delays nobody else's commands. */
  get pages(): SerialQueue {
    this.#pages ??= new SerialQueue()
    return this.#pages
  }

  /** Joining and leaving a room happen in the order in which they were asked for; what comes behind waits for `settled`. */
  settle<T>(room: string, work: () => Promise<T>): Promise<T> {
    const done = work()
    const settled = done.then(
      () => {},
      () => {},
    )
    this.#settling ??= new Map()
    this.#settling.set(room, settled)
    void settled.then(() => {
      if (this.#settling?.get(room) !== settled) return
      this.#settling.delete(room)
      if (this.#settling.size === 0) this.#settling = undefined
    })
    return done
  }

  async settled(room: string): Promise<void> {
    while (this.#settling?.has(room)) await this.#settling.get(room)
  }

  isSettling(room: string): boolean {
    return this.#settling?.has(room) ?? false
  }

  found(pair: Pair): void {
    this.socket.emit('match:found', pair)
  }

  ended(room: string): void {
    void this.leaveMatch(room, this).then(() => this.socket.emit('match:ended', { room }))
  }
}

export function joined(connection: Connection, room: string): HostedRoom {
  const hosted = connection.rooms.get(room)
  if (!hosted) throw new FaultError('not_in_room', `Join ${room} first.`)
  return hosted
}
