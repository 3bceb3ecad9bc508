import type { Logger } from 'pino'
import { Server, type ServerOptions } from 'socket.io'
import { FEATURES } from '../../protocol/events.ts'
import { WIRE_VERSION } from '../../protocol/limits.ts'
import type { User } from '../../protocol/people.ts'
import type { ClientAddresses } from '../client-address.ts'
import type { Config } from '../config.ts'
import type { AppendQueue } from '../domain/append-queue.ts'
import type { Guests } from '../domain/guests.ts'
import type { Journal } from '../domain/journal.ts'
import type { Limits } from '../domain/limits.ts'
import type { LocalPresence } from '../domain/local-presence.ts'
import type { Matchmaker } from '../domain/matchmaker.ts'
import { Penalties } from '../domain/penalties.ts'
import type { Store } from '../domain/ports.ts'
import type { MessagePoster, PostSource } from '../domain/post-message.ts'
import type { Tokens } from '../domain/tokens.ts'
import type { UserConnections } from '../domain/user-connections.ts'
import type { NodeMetrics } from '../metrics.ts'
import { authenticate } from './authenticate.ts'
import { matchHandlers } from './commands/match.ts'
import { messageHandlers } from './commands/messages.ts'
import { roomHandlers } from './commands/rooms.ts'
import { userHandlers } from './commands/users.ts'
import { Connection } from './connection.ts'
import { notifyPartner } from './direct-notifications.ts'
import { dispatcher } from './dispatch.ts'
import { sendFramesInOnePiece } from './engine/frames.ts'
import { type InboundRates, REFUSALS_MAX } from './engine/inbound.ts'
import { releaseHandshake } from './engine/release-handshake.ts'
import { Sessions } from './engine/sessions.ts'
import { Receipts } from './receipts.ts'
import { RestPresence } from './rest-presence.ts'
import { RoomLeaver } from './room/leave-room.ts'
import { RoomRegistry } from './room/room-registry.ts'
import { RoomFeed } from './room-feed.ts'
import type { ClientSocket, Io } from './socket.ts'
import { roomStream, SLOW, userChannel } from './socket-rooms.ts'
import { Typing } from './typing.ts'

/** The Socket.IO adapter that broadcasts to the other nodes. */
export type Adapter = ServerOptions['adapter']

export interface GatewayDeps {
  config: Config
  store: Store
  adapter: Adapter
  tokens: Tokens
  guests: Guests
  matchmaker: Matchmaker
  localPresence: LocalPresence
  connections: UserConnections
  peers: ClientAddresses
  limits: Limits
  /** Its length decides whether appends are rejected as they are read, see engine/shedding.ts. */
  queue: AppendQueue
  poster: MessagePoster
  metrics: NodeMetrics
  journal: Journal
  log: Logger
  /** Why new sessions are rejected; undefined while they are accepted. */
  closed(): string | undefined
}

/**
 * Commands that a penalized connection may send at once: enough to sign in, so that users who share its address are not
 * locked out.
 */
const PENALTY_BURST = 20

export const SOCKET_IO_PATH = '/socket.io/'

/** The Socket.IO server: creates its components, and handles connections and disconnects. */
export class Gateway {
  readonly sessions: Sessions
  /** Presence of users who use REST and have no connection. */
  readonly restPresence: RestPresence
  readonly #io: Io
  readonly #roomRegistry: RoomRegistry
  readonly #localPresence: LocalPresence
  readonly #typing: Typing
  readonly #receipts: Receipts
  readonly #feed: RoomFeed
  readonly #roomLeaver: RoomLeaver
  readonly #dispatch: ReturnType<typeof dispatcher>
  /** Users and addresses whose connection was ended because it exceeded its limits. */
  readonly #penalties = new Penalties()

  constructor(private readonly deps: GatewayDeps) {
    const { config, store, adapter, matchmaker, metrics, journal, log } = deps
    this.sessions = new Sessions({ ...deps, node: config.node, pings: config.pings, rates: inboundRates(config) })
    this.#io = new Server({ adapter, serveClient: false, connectTimeout: 10_000 })
    sendFramesInOnePiece(this.#io.of('/').adapter)
    this.#io.bind(this.sessions.engine)
    this.#io.use(authenticate({ ...deps, sessions: this.sessions }))
    this.#io.on('connection', (socket) => this.#onConnection(socket))

    const context = { io: this.#io, store, metrics, journal, gatherMs: config.gatherMs }
    this.#roomRegistry = new RoomRegistry(context)
    this.#localPresence = deps.localPresence
    // The adapter delivers both on all nodes. Slow clients do not receive typing events.
    this.#typing = new Typing(config.node, (payload) => {
      this.#io.to(roomStream(payload.room)).except(SLOW).emit('typing', payload)
    })
    this.#receipts = new Receipts((receipts) => this.#io.to(roomStream(receipts.room)).emit('receipts', receipts))
    this.restPresence = new RestPresence({ ...context, localPresence: this.#localPresence, typing: this.#typing })
    this.#feed = new RoomFeed(context)
    const rooms = { roomRegistry: this.#roomRegistry, localPresence: this.#localPresence, typing: this.#typing }
    this.#roomLeaver = new RoomLeaver(rooms)
    const shared = {
      ...context,
      ...config,
      ...rooms,
      receipts: this.#receipts,
      feed: this.#feed,
      roomLeaver: this.#roomLeaver,
      matchmaker,
      limits: deps.limits,
      poster: deps.poster,
    }
    const handlers = {
      ...roomHandlers(shared),
      ...messageHandlers(shared),
      ...userHandlers(shared),
      ...matchHandlers(shared),
    }
    this.#dispatch = dispatcher({ handlers, limits: deps.limits, rates: config, metrics, journal, log })
  }

  get load(): { websocket: number; polling: number; rooms: number } {
    return { ...this.sessions.count, rooms: this.#roomRegistry.size }
  }

  /** Called after a message was stored: clears the author's typing state and notifies the partner of a direct room. */
  messagePosted(room: string, author: User, { connection }: PostSource): void {
    if (connection) this.#typing.set(room, connection, false)
    else this.restPresence.stopTyping(room, author)
    notifyPartner(this.#io, room, author)
  }

  /** Asks all clients to reconnect to other nodes, then closes their connections in batches over `overMs`. */
  async drain(overMs: number): Promise<void> {
    this.#io.local.emit('drain', { retryInMs: overMs })
    await this.sessions.drain(overMs)
  }

  /** Tells all clients of this node that the store is unavailable, or available again. */
  broadcastStoreState(away: boolean): void {
    this.#io.local.emit('store', { away })
  }

  async close(): Promise<void> {
    this.restPresence.close()
    this.#typing.close()
    this.#receipts.close()
    this.#feed.close()
    this.#roomRegistry.close()
    await this.sessions.close()
    await this.#io.close()
  }

  #onConnection(socket: ClientSocket): void {
    const { config } = this.deps
    const { user, token, address } = socket.data
    this.sessions.connected(socket.conn)
    releaseHandshake(socket)
    const inbound = this.sessions.inbound(socket.conn)
    if (this.#penalties.has(user.id) || this.#penalties.has(address)) {
      inbound.commands.capAt(PENALTY_BURST, performance.now())
    }
    socket.join(userChannel(user.id))
    const connection = new Connection(socket, inbound, (room, connection) =>
      this.#roomLeaver.leaveAfterPending(room, connection),
    )
    const features = [...FEATURES]
    socket.emit('session', { user, node: config.node, ...(token && { token }), wire: WIRE_VERSION, features })
    socket.onAny((name: string, ...args: unknown[]) => void this.#dispatch(connection, name, args))
    socket.on('disconnect', (reason) => this.#onDisconnect(connection, reason))
    this.deps.journal.record({ kind: 'connection', way: connection.way, user: user.id })
  }

  #onDisconnect(connection: Connection, cause: string): void {
    const { inbound, address, user } = connection
    const reason = inbound.flooding ? 'rate limit exceeded' : cause
    if (inbound.flooding) for (const key of [user.id, address]) this.#penalties.add(key)
    this.deps.journal.record({ kind: 'disconnect', way: connection.way, user: connection.user.id, reason })
    this.#feed.unwatch(connection)
    const rooms = [...connection.rooms.keys()]
    connection.rooms.clear()
    for (const room of rooms) {
      this.#roomRegistry.release(room, connection)
      this.#typing.set(room, connection, false)
    }
    this.deps.matchmaker.gone(connection)
    this.#localPresence.leaveAfterGrace(rooms, connection.user, connection.id)
  }
}

/** Allows as many packets as commands and appends, plus the rejected commands that end a connection. */
function inboundRates({ commands, appends }: Config): InboundRates {
  const perSecond = 2 * (commands.perSecond + appends.perSecond)
  return { commands, packets: { perSecond, burst: commands.burst + appends.burst + REFUSALS_MAX } }
}
