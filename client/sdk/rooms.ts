import type { Entry } from '../../protocol/entry.ts'
import type { Member } from '../../protocol/people.ts'
import type { Connection } from './connection.ts'
import type { ChatFault } from './fault.ts'
import { Presence } from './presence.ts'
import { RoomStream } from './room-stream.ts'
import { type TypingPeople, Typists } from './typing.ts'

export interface RoomEvents {
  /** In on this connection: what is said now is heard. */
  joined: { room: string }
  /** In seq order, without a hole, each entry once, across all connections until `reset`. */
  entries: { room: string; epoch: string; entries: Entry[] }
  /** What was handed over of this room is void: it goes on with the next `entries`. */
  reset: { room: string }
  /** We are no longer in this room, and joining it again does not help. */
  refused: { room: string; fault: ChatFault }
  members: { room: string; members: Member[]; online: number }
  typing: { room: string } & TypingPeople
}

interface JoinedRoom {
  stream: RoomStream
  presence: Presence
  typists: Typists
}

type Tell = <E extends keyof RoomEvents>(event: E, payload: RoomEvents[E]) => void

/** The rooms that somebody wants to be in, on whatever connection there is. */
export class Rooms {
  readonly #connection: Connection
  readonly #self: () => string | undefined
  readonly #tell: Tell
  readonly #rooms = new Map<string, JoinedRoom>()
  /** The rounds of catching up that are under way on this connection. */
  #behind = new Set<symbol>()

  constructor(connection: Connection, self: () => string | undefined, tell: Tell) {
    this.#connection = connection
    this.#self = self
    this.#tell = tell
    connection.on('entries', (payload) => this.#rooms.get(payload.room)?.stream.take(payload))
    connection.on('room:stale', ({ room }) => {
      const stream = this.#rooms.get(room)?.stream
      if (stream) void this.#catchUp([stream])
    })
    connection.on('presence', (diff) => this.#rooms.get(diff.room)?.presence.take(diff))
    connection.on('typing', (word) => this.#rooms.get(word.room)?.typists.take(word))
    connection.on('lost', () => {
      this.#behind = new Set()
      for (const { stream, presence, typists } of this.#rooms.values()) {
        stream.lost()
        presence.lost()
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
      () => this.#tell('members', { room, members: presence.members, online: presence.online }),
    )
    const typists = new Typists(this.#self, (people) => this.#tell('typing', { room, ...people }))
    const stream: RoomStream = new RoomStream(room, call, {
      joining: () => presence.expect(),
      joined: (answer) => {
        presence.start(answer)
        this.#tell('joined', { room })
      },
      entries: (entries) => this.#tell('entries', { room, epoch: stream.epoch ?? '', entries }),
      reset: () => this.#tell('reset', { room }),
      refused: (fault) => {
        this.drop(room, fault)
        this.#tell('refused', { room, fault })
      },
    })
    this.#rooms.set(room, { stream, presence, typists })
    return stream
  }

  drop(room: string, fault: ChatFault): void {
    const joined = this.#rooms.get(room)
    this.#rooms.delete(room)
    joined?.stream.end(fault)
    joined?.presence.lost()
    joined?.typists.clear()
  }

  dropAll(fault: ChatFault): void {
    for (const room of [...this.#rooms.keys()]) this.drop(room, fault)
  }

  /** On a new connection. Resolves when every room has caught up, or is known not to. */
  rejoin(): Promise<void> {
    return this.#catchUp([...this.#rooms.values()].map(({ stream }) => stream))
  }

  /** While it lasts, we are behind; a room that is entered for the first time makes nobody late. */
  async #catchUp(streams: RoomStream[]): Promise<void> {
    const behind = this.#behind
    const round = Symbol()
    behind.add(round)
    this.#connection.fallBehind()
    await Promise.all(streams.map((stream) => stream.join()))
    behind.delete(round)
    if (behind === this.#behind && behind.size === 0) this.#connection.caughtUp()
  }
}
