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
import { notifyOther } from './direct-notifications.ts'
import { dispatcher } from './dispatch.ts'
import { framesInOnePiece } from './engine/frames.ts'
import { type InboundRates, REFUSALS_MAX } from './engine/inbound.ts'
import { releaseHandshake } from './engine/release-handshake.ts'
import { Sessions } from './engine/sessions.ts'
import { Receipts } from './receipts.ts'
import { RestPresence } from './rest-presence.ts'
import { RoomLeaver } from './room/leave-room.ts'
import { RoomRegistry } from './room/room-registry.ts'
import { RoomFeed } from './room-feed.ts'
import type { ClientSocket, Io } from './socket.ts'
import { channelOf, SLOW, streamOf } from './socket-rooms.ts'
import { Typing } from './typing.ts'

/** How Socket.IO reaches the other nodes. */
export type Adapter = ServerOptions['adapter']

export interface GatewayDeps {
  config: Config
  store: Store
  adapter: Adapter
  tokens: Tokens
  guests: Guests
  matchmaker: Matchmaker
  attendance: LocalPresence
  connections: UserConnections
  peers: ClientAddresses
  limits: Limits
  /** For what waits before it: a busy node refuses what it reads too late. */
  queue: AppendQueue
  poster: MessagePoster
  metrics: NodeMetrics
  journal: Journal
  log: Logger
  /** Undefined while new sessions are welcome, else why they are not. */
  closed(): string | undefined
}

/** Enough to come in with; those behind the same address are not locked out by one of them. */
const PENALTY_BURST = 20

export const PATH = '/socket.io/'

/** The socket door: Socket.IO over both transports. Its parts, put together, and people's coming and going. */
export class Gateway {
  readonly sessions: Sessions
  /** For doors whose people have no connection. */
  readonly without: RestPresence
  readonly #io: Io
  readonly #roomRegistry: RoomRegistry
  readonly #localPresence: LocalPresence
  readonly #typing: Typing
  readonly #receipts: Receipts
  readonly #feed: RoomFeed
  readonly #roomLeaver: RoomLeaver
  readonly #answer: ReturnType<typeof dispatcher>
  /** Users and addresses whose connection was ended because it exceeded its limits. */
  readonly #penalties = new Penalties()

  constructor(private readonly parts: GatewayDeps) {
    const { config, store, adapter, matchmaker, metrics, journal, log } = parts
    this.sessions = new Sessions({ ...parts, node: config.node, pings: config.pings, rates: inboundRates(config) })
    this.#io = new Server({ adapter, serveClient: false, connectTimeout: 10_000 })
    framesInOnePiece(this.#io.of('/').adapter)
    this.#io.bind(this.sessions.engine)
    this.#io.use(authenticate({ ...parts, sessions: this.sessions }))
    this.#io.on('connection', (socket) => this.#welcome(socket))

    const house = { io: this.#io, store, metrics, journal, gatherMs: config.gatherMs }
    this.#roomRegistry = new RoomRegistry(house)
    this.#localPresence = parts.attendance
    // These cross the nodes on the adapter; people with much to read are spared what loses its meaning soon.
    this.#typing = new Typing(config.node, (word) => {
      this.#io.to(streamOf(word.room)).except(SLOW).emit('typing', word)
    })
    this.#receipts = new Receipts((receipts) => this.#io.to(streamOf(receipts.room)).emit('receipts', receipts))
    this.without = new RestPresence({ ...house, attendance: this.#localPresence, typing: this.#typing })
    this.#feed = new RoomFeed(house)
    const inRooms = { hosting: this.#roomRegistry, attendance: this.#localPresence, typing: this.#typing }
    this.#roomLeaver = new RoomLeaver(inRooms)
    const shared = {
      ...house,
      ...config,
      ...inRooms,
      receipts: this.#receipts,
      feed: this.#feed,
      leaving: this.#roomLeaver,
      matchmaker,
      limits: parts.limits,
      poster: parts.poster,
    }
    const handlers = {
      ...roomHandlers(shared),
      ...messageHandlers(shared),
      ...userHandlers(shared),
      ...matchHandlers(shared),
    }
    this.#answer = dispatcher({ handlers, limits: parts.limits, rates: config, metrics, journal, log })
  }

  get load(): { websocket: number; polling: number; rooms: number } {
    return { ...this.sessions.count, rooms: this.#roomRegistry.size }
  }

  /** A message was stored, by whatever door: its author no longer types, and the other one of a direct room is notified. */
  messagePosted(room: string, author: User, { connection }: PostSource): void {
    if (connection) this.#typing.set(room, connection, false)
    else this.without.stopTyping(room, author)
    notifyOther(this.#io, room, author)
  }

  /** Tells everybody to go elsewhere, then closes their connections. */
  async drain(overMs: number): Promise<void> {
    this.#io.local.emit('drain', { retryInMs: overMs })
    await this.sessions.drain(overMs)
  }

  /** Everybody is told when the store goes away, and when it is back. */
  tellOfStore(away: boolean): void {
    this.#io.local.emit('store', { away })
  }

  async close(): Promise<void> {
    this.without.close()
    this.#typing.close()
    this.#receipts.close()
    this.#feed.close()
    this.#roomRegistry.close()
    await this.sessions.close()
    await this.#io.close()
  }

  #welcome(socket: ClientSocket): void {
    const { config } = this.parts
    const { user, token, address } = socket.data
    this.sessions.isIn(socket.conn)
    releaseHandshake(socket)
    const inbound = this.sessions.inbound(socket.conn)
    if (this.#penalties.has(user.id) || this.#penalties.has(address)) {
      inbound.commands.capAt(PENALTY_BURST, performance.now())
    }
    socket.join(channelOf(user.id))
    const connection = new Connection(socket, inbound, (room, connection) => this.#roomLeaver.dismiss(room, connection))
    const features = [...FEATURES]
    socket.emit('session', { user, node: config.node, ...(token && { token }), wire: WIRE_VERSION, features })
    socket.onAny((name: string, ...args: unknown[]) => void this.#answer(connection, name, args))
    socket.on('disconnect', (reason) => this.#farewell(connection, reason))
    this.parts.journal.record({ kind: 'connection', way: connection.way, user: user.id })
  }

  #farewell(connection: Connection, cause: string): void {
    const { inbound, address, user } = connection
    const reason = inbound.flooding ? 'rate limit exceeded' : cause
    if (inbound.flooding) for (const key of [user.id, address]) this.#penalties.add(key)
    this.parts.journal.record({ kind: 'disconnect', way: connection.way, user: connection.user.id, reason })
    this.#feed.forget(connection)
    const rooms = [...connection.rooms.keys()]
    connection.rooms.clear()
    for (const room of rooms) {
      this.#roomRegistry.release(room, connection)
      this.#typing.set(room, connection, false)
    }
    this.parts.matchmaker.gone(connection)
    this.#localPresence.leaveAfterGrace(rooms, connection.user, connection.id)
  }
}

/** As many packets as there may be commands, with room for the refusals that end a connection. */
function inboundRates({ commands, appends }: Config): InboundRates {
  const perSecond = 2 * (commands.perSecond + appends.perSecond)
  return { commands, packets: { perSecond, burst: commands.burst + appends.burst + REFUSALS_MAX } }
}
