import type { Entry } from '../../protocol/entry.ts'
import type { Member } from '../../protocol/people.ts'
import type { Connection } from './connection.ts'
import type { ChatFault } from './fault.ts'
import { Presence } from './presence.ts'
import { RoomStream } from './room-stream.ts'
import { type TypingUsers, Typists } from './typing.ts'

export interface RoomEvents {
  /** Joined on this connection: new entries are received from here on. */
  joined: { room: string }
  /** In seq order, without gaps, each entry exactly once, across all connections until `reset`. */
  entries: { room: string; epoch: string; entries: Entry[] }
  /** The entries of this room so far are void; the next `entries` replace them. */
  reset: { room: string }
  /** No longer in this room, and joining it again would fail. */
  refused: { room: string; fault: ChatFault }
  members: { room: string; members: Member[]; online: number }
  typing: { room: string } & TypingUsers
}

interface JoinedRoom {
  stream: RoomStream
  presence: Presence
  typists: Typists
}

type Emit = <E extends keyof RoomEvents>(event: E, payload: RoomEvents[E]) => void

/** The joined rooms, which are joined again on every new connection. */
export class Rooms {
  readonly #connection: Connection
  readonly #self: () => string | undefined
  readonly #emit: Emit
  readonly #rooms = new Map<string, JoinedRoom>()
  /** Sync rounds in progress on this connection; it is `live` when there are none. */
  #syncing = new Set<symbol>()

  constructor(connection: Connection, self: () => string | undefined, emit: Emit) {
    this.#connection = connection
    this.#self = self
    this.#emit = emit
    connection.on('entries', (payload) => this.#rooms.get(payload.room)?.stream.receive(payload))
    connection.on('room:stale', ({ room }) => {
      const stream = this.#rooms.get(room)?.stream
      if (stream) void this.#sync([stream])
    })
    connection.on('presence', (diff) => this.#rooms.get(diff.room)?.presence.apply(diff))
    connection.on('typing', (report) => this.#rooms.get(report.room)?.typists.apply(report))
    connection.on('lost', () => {
      this.#syncing = new Set()
      for (const { stream, presence, typists } of this.#rooms.values()) {
        stream.onDisconnected()
        presence.onDisconnected()
        typists.clear()
      }
    })
  }

  stream(room: string): RoomStream | undefined {
    return this.#rooms.get(room)?.stream
  }

  add(room: string): RoomStream {
    const { call } = this.#connection
    const presence = new Presence(
      (page) => call('members:read', { room, ...page }),
      () => this.#emit('members', { room, members: presence.members, online: presence.online }),
    )
    const typists = new Typists(this.#self, (current) => this.#emit('typing', { room, ...current }))
    const stream: RoomStream = new RoomStream(room, call, {
      joining: () => presence.joining(),
      joined: (answer) => {
        presence.joined(answer)
        this.#emit('joined', { room })
      },
      entries: (entries) => this.#emit('entries', { room, epoch: stream.epoch ?? '', entries }),
      reset: () => this.#emit('reset', { room }),
      refused: (fault) => {
        this.drop(room, fault)
        this.#emit('refused', { room, fault })
      },
    })
    this.#rooms.set(room, { stream, presence, typists })
    return stream
  }

  drop(room: string, fault: ChatFault): void {
    const joined = this.#rooms.get(room)
    this.#rooms.delete(room)
    joined?.stream.end(fault)
    joined?.presence.onDisconnected()
    joined?.typists.clear()
  }

  dropAll(fault: ChatFault): void {
    for (const room of [...this.#rooms.keys()]) this.drop(room, fault)
  }

  /** Call this on a new connection. Resolves when every room is in sync, rejected or abandoned. */
  rejoin(): Promise<void> {
    return this.#sync([...this.#rooms.values()].map(({ stream }) => stream))
  }

  /** The state is `syncing` until all streams are joined again. Joining a room for the first time does not count. */
  async #sync(streams: RoomStream[]): Promise<void> {
    const syncing = this.#syncing
    const round = Symbol()
    syncing.add(round)
    this.#connection.markSyncing()
    await Promise.all(streams.map((stream) => stream.join()))
    syncing.delete(round)
    if (syncing === this.#syncing && syncing.size === 0) this.#connection.markLive()
  }
}
