import type { User } from '../../protocol/people.ts'
import { LOBBY } from '../../protocol/room.ts'
import type { LocalPresence } from '../domain/local-presence.ts'
import { retry } from '../domain/retry.ts'
import { newUserId } from '../domain/tokens.ts'
import type { Said } from './chunked-messages.ts'
import { CLOSE, type Connection } from './connection.ts'
import { OrderedReplies } from './ordered-replies.ts'
import type { RoomSubscriptions } from './room-subscriptions.ts'
import { SendQueue, type SendQueueDeps } from './send-queue.ts'

/** Where a client comes from. */
export interface Origin {
  /** Its TCP port, as the edge saw it. */
  port: number
}

/** Somebody in the lobby, as their dialect sees them. */
export interface Guest {
  readonly user: User
  /** To everybody in the lobby, themselves included. Resolves when it is in the log. */
  say(text: string, recipients?: number): Promise<void>
  /** To them alone, in the order of their requests. */
  answer(frame: string): void
  /** Asks the store, again and again while it is away. */
  ask<T>(question: () => Promise<T>): Promise<T>
  rename(name: string): Promise<void>
  /** Ends the connection: what they say is not understood. */
  misunderstood(reason: string): void
}

/** A plain-WebSocket protocol whose people talk in the lobby. */
export interface LobbyDialect {
  name(id: string, from: Origin): string
  /** The first frame, ahead of anything else. */
  greeting?(user: User): string
  hear(text: string, guest: Guest): Promise<void>
  /** The frame of what was said; `own`: for the one who said it. */
  show(said: Said, own: boolean): string
  /** A frame that everybody gets every so often. */
  heartbeat?: { everyMs: number; frame(): Promise<string> }
}

export interface LobbyDeps extends SendQueueDeps {
  rooms: RoomSubscriptions
  attendance: LocalPresence
}

/** The lobby as guests of all its dialects share it with everybody else. */
export class Lobby {
  /** One frame for each dialect, however many get it. */
  readonly #frames = new WeakMap<Said, Map<LobbyDialect, Buffer>>()

  constructor(private readonly parts: LobbyDeps) {}

  /** Resolves when they have left again, and the roster knows. Rejects when they could not be let in. */
  async welcome(connection: Connection, dialect: LobbyDialect, from: Origin): Promise<void> {
    const { rooms, attendance } = this.parts
    const id = newUserId()
    const replies = new OrderedReplies((frame) => connection.send(frame))
    const guest = this.#guest(connection, replies, { id, name: dialect.name(id, from) })
    if (dialect.greeting) connection.send(dialect.greeting(guest.user))
    const stop = await rooms.join(LOBBY, (said) => {
      connection.send(this.#frame(dialect, said, guest.user))
      if (said.by.id === id) replies.echoed()
    })
    const beat = dialect.heartbeat && setInterval(() => void heartbeat(dialect, connection), dialect.heartbeat.everyMs)
    try {
      await attendance.enter(LOBBY, guest.user, id, 'online')
      connection.listen((text) => dialect.hear(text, guest))
      await connection.ended
    } finally {
      clearInterval(beat)
      replies.close()
      stop()
      await attendance.leave(LOBBY, guest.user, id)
    }
  }

  #guest(connection: Connection, replies: OrderedReplies, user: User): Guest {
    const { attendance } = this.parts
    const sendQueue = new SendQueue(this.parts, connection)
    const guest = {
      user,
      async say(text: string, recipients?: number) {
        await sendQueue.send(LOBBY, guest.user, text, recipients)
        replies.stored()
      },
      answer: (frame: string) => replies.answer(frame),
      ask: <T>(question: () => Promise<T>) => retry(connection.signal, question),
      async rename(name: string) {
        if (name === guest.user.name) return
        const left = attendance.leave(LOBBY, guest.user, user.id)
        guest.user = { id: user.id, name }
        const { user: renamed } = guest
        await Promise.all([left, guest.ask(() => attendance.enter(LOBBY, renamed, user.id, 'online'))])
      },
      misunderstood: (reason: string) => connection.close(CLOSE.notUnderstood, reason),
    }
    return guest
  }

  #frame(dialect: LobbyDialect, said: Said, to: User): Buffer {
    if (said.by.id === to.id) return Buffer.from(dialect.show(said, true))
    const frames = this.#frames.get(said) ?? new Map()
    this.#frames.set(said, frames)
    const frame = frames.get(dialect) ?? Buffer.from(dialect.show(said, false))
    frames.set(dialect, frame)
    return frame
  }
}

async function heartbeat({ heartbeat }: LobbyDialect, connection: Connection): Promise<void> {
  // Without the store nobody knows the figures; the next one may.
  const frame = await heartbeat?.frame().catch(() => undefined)
  if (frame) connection.send(frame)
}
