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
 * One client's connection, as the command handlers see it. A node has tens of thousands of mostly idle ones, so the
 * members that few of them need at a time are created on first use.
 */
export class Connection implements MatchClient {
  status: Status = 'online'
  /** The rooms that the connection has joined, by name. */
  readonly rooms = new Map<string, HostedRoom>()
  readonly backpressure: Backpressure
  #membershipChanges?: Map<string, Promise<unknown>>
  #pages?: SerialQueue

  constructor(
    readonly socket: ClientSocket,
    readonly inbound: Inbound,
    /** Takes the connection out of the room of a match that has ended. */
    private readonly leaveMatch: (room: string, connection: Connection) => Promise<void>,
  ) {
    this.backpressure = new Backpressure(socket)
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

  /**
   * Reads pages from the store one at a time, so that a client that requests megabytes does not delay other clients.
   */
  get pageQueue(): SerialQueue {
    this.#pages ??= new SerialQueue()
    return this.#pages
  }

  /**
   * Runs a join or a leave of the room. Later commands for the same room wait for `membershipChanged`, so that they are
   * processed in the order in which they were sent.
   */
  changeMembership<T>(room: string, work: () => Promise<T>): Promise<T> {
    const done = work()
    const finished = done.then(
      () => {},
      () => {},
    )
    this.#membershipChanges ??= new Map()
    this.#membershipChanges.set(room, finished)
    void finished.then(() => {
      if (this.#membershipChanges?.get(room) !== finished) return
      this.#membershipChanges.delete(room)
      if (this.#membershipChanges.size === 0) this.#membershipChanges = undefined
    })
    return done
  }

  /** Resolves when no join or leave of the room is in progress. */
  async membershipChanged(room: string): Promise<void> {
    while (this.#membershipChanges?.has(room)) await this.#membershipChanges.get(room)
  }

  isChangingMembership(room: string): boolean {
    return this.#membershipChanges?.has(room) ?? false
  }

  found(pair: Pair): void {
    this.socket.emit('match:found', pair)
  }

  ended(room: string): void {
    void this.leaveMatch(room, this).then(() => this.socket.emit('match:ended', { room }))
  }
}

export function requireJoined(connection: Connection, room: string): HostedRoom {
  const hosted = connection.rooms.get(room)
  if (!hosted) throw new FaultError('not_in_room', `Join ${room} first.`)
  return hosted
}
