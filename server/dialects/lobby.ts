import type { User } from '../../protocol/people.ts'
import { LOBBY } from '../../protocol/room.ts'
import type { LocalPresence } from '../domain/local-presence.ts'
import { retry } from '../domain/retry.ts'
import { newUserId } from '../domain/tokens.ts'
import type { ChatMessage } from './chunked-messages.ts'
import { CLOSE, type Connection } from './connection.ts'
import { OrderedReplies } from './ordered-replies.ts'
import type { RoomSubscriptions } from './room-subscriptions.ts'
import { SendQueue, type SendQueueDeps } from './send-queue.ts'

/** The network origin of a client. */
export interface Origin {
  /** The TCP port of the client, as the load balancer saw it. */
  port: number
}

/** A user of the lobby, as seen by the dialect of their connection. */
export interface Guest {
  readonly user: User
  /** Sends a message to all users of the lobby, including this one. Resolves when it is stored. */
  send(text: string, recipients?: number): Promise<void>
  /** Sends a frame to this client only. Replies are sent in the order of the requests. */
  reply(frame: string): void
  /** Retries a call of the store until it succeeds or the connection ends. */
  retry<T>(work: () => Promise<T>): Promise<T>
  rename(name: string): Promise<void>
  /** Closes the connection because of an invalid message. */
  closeInvalid(reason: string): void
}

/** A plain-WebSocket protocol whose users share the lobby. */
export interface LobbyDialect {
  name(id: string, from: Origin): string
  /** The first frame, ahead of anything else. */
  greeting?(user: User): string
  handle(text: string, guest: Guest): Promise<void>
  /** Encodes a message as a frame; `own`: for its sender. */
  encode(message: ChatMessage, own: boolean): string
  /** A frame that is sent to all clients periodically. */
  heartbeat?: { everyMs: number; frame(): Promise<string> }
}

export interface LobbyDeps extends SendQueueDeps {
  rooms: RoomSubscriptions
  localPresence: LocalPresence
}

/** Connects clients of all lobby dialects to the lobby room. */
export class Lobby {
  /** Encoded frames by message and dialect: each is encoded once for all recipients. */
  readonly #frames = new WeakMap<ChatMessage, Map<LobbyDialect, Buffer>>()

  constructor(private readonly deps: LobbyDeps) {}

  /**
   * Serves one connection. Resolves when it has ended and the roster is updated. Rejects when the user cannot enter.
   */
  async serve(connection: Connection, dialect: LobbyDialect, from: Origin): Promise<void> {
    const { rooms, localPresence } = this.deps
    const id = newUserId()
    const replies = new OrderedReplies((frame) => connection.send(frame))
    const guest = this.#guest(connection, replies, { id, name: dialect.name(id, from) })
    if (dialect.greeting) connection.send(dialect.greeting(guest.user))
    const stop = await rooms.subscribe(LOBBY, (message) => {
      connection.send(this.#frame(dialect, message, guest.user))
      if (message.by.id === id) replies.echoed()
    })
    const heartbeatTimer =
      dialect.heartbeat && setInterval(() => void heartbeat(dialect, connection), dialect.heartbeat.everyMs)
    try {
      await localPresence.enter(LOBBY, guest.user, id, 'online')
      connection.start((text) => dialect.handle(text, guest))
      await connection.ended
    } finally {
      clearInterval(heartbeatTimer)
      replies.close()
      stop()
      await localPresence.leave(LOBBY, guest.user, id)
    }
  }

  #guest(connection: Connection, replies: OrderedReplies, user: User): Guest {
    const { localPresence } = this.deps
    const sendQueue = new SendQueue(this.deps, connection)
    const guest = {
      user,
      async send(text: string, recipients?: number) {
        await sendQueue.send(LOBBY, guest.user, text, recipients)
        replies.stored()
      },
      reply: (frame: string) => replies.reply(frame),
      retry: <T>(work: () => Promise<T>) => retry(connection.signal, work),
      async rename(name: string) {
        if (name === guest.user.name) return
        const left = localPresence.leave(LOBBY, guest.user, user.id)
        guest.user = { id: user.id, name }
        const { user: renamed } = guest
        await Promise.all([left, guest.retry(() => localPresence.enter(LOBBY, renamed, user.id, 'online'))])
      },
      closeInvalid: (reason: string) => connection.close(CLOSE.invalidData, reason),
    }
    return guest
  }

  #frame(dialect: LobbyDialect, message: ChatMessage, to: User): Buffer {
    if (message.by.id === to.id) return Buffer.from(dialect.encode(message, true))
    const frames = this.#frames.get(message) ?? new Map()
    this.#frames.set(message, frames)
    const frame = frames.get(dialect) ?? Buffer.from(dialect.encode(message, false))
    frames.set(dialect, frame)
    return frame
  }
}

async function heartbeat({ heartbeat }: LobbyDialect, connection: Connection): Promise<void> {
  // Skipped while the store is unavailable.
  const frame = await heartbeat?.frame().catch(() => undefined)
  if (frame) connection.send(frame)
}
