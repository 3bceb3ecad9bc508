import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { WebSocketServer } from 'ws'
import type { ClientAddresses } from '../client-address.ts'
import { FaultError, unavailable } from '../domain/fault-error.ts'
import type { Journal, Way } from '../domain/journal.ts'
import type { Limits } from '../domain/limits.ts'
import type { LocalPresence } from '../domain/local-presence.ts'
import type { Matchmaker } from '../domain/matchmaker.ts'
import type { Store } from '../domain/ports.ts'
import type { MessagePoster } from '../domain/post-message.ts'
import type { Rate } from '../domain/token-bucket.ts'
import { DeferredCloseSocket } from '../gateway/engine/deferred-close-socket.ts'
import type { NodeMetrics } from '../metrics.ts'
import { refuse } from '../refuse-connection.ts'
import { CLOSE, Connection } from './connection.ts'
import { events } from './events.ts'
import { json } from './json.ts'
import { Lobby, type LobbyDialect, type Origin } from './lobby.ts'
import { RoomSubscriptions } from './room-subscriptions.ts'
import { StatsCache } from './stats-cache.ts'
import { Strangers } from './strangers.ts'
import { text } from './text.ts'

interface DialectsDeps {
  config: { appends: Rate; gatherMs: number; pings: { intervalMs: number } }
  store: Store
  localPresence: LocalPresence
  matchmaker: Matchmaker
  peers: ClientAddresses
  limits: Limits
  poster: MessagePoster
  metrics: NodeMetrics
  journal: Journal
  log: Logger
  /** Why new connections are rejected; undefined while they are accepted. */
  closed(): string | undefined
}

/** A larger message closes the connection with code 1009. */
const MESSAGE_MAX_BYTES = 16 * 1024
const DRAIN_ROUND_MS = 100
const CLOSE_TIMEOUT_MS = 500
/** On shutdown, received messages are handled within this time. The node has to exit within 2 s. */
const TAIL_MS = 750

const WEBSOCKET_OPTIONS = {
  noServer: true,
  WebSocket: DeferredCloseSocket,
  autoPong: false,
  clientTracking: false,
  maxPayload: MESSAGE_MAX_BYTES,
  // Longest time to wait for the close frame of the client.
  closeTimeout: CLOSE_TIMEOUT_MS,
}

type ConnectionHandler = (connection: Connection, origin: Origin) => Promise<void>

/** The WebSocket endpoints for clients of other chat servers: one path per dialect. */
export class Dialects {
  readonly #server = new WebSocketServer(WEBSOCKET_OPTIONS)
  readonly #paths: ReadonlyMap<string, { way: Way; handle: ConnectionHandler }>
  readonly #rooms: RoomSubscriptions
  /** Open connections, each with a promise that resolves when it is closed and the roster is updated. */
  readonly #all = new Map<Connection, Promise<void>>()
  readonly #open: Partial<Record<Way, number>> = {}

  constructor(private readonly deps: DialectsDeps) {
    const { store, metrics, journal, config } = deps
    this.#rooms = new RoomSubscriptions(store.log, metrics, journal, config.gatherMs)
    const shared = { ...deps, rooms: this.#rooms }
    const lobby = new Lobby(shared)
    const strangers = new Strangers(shared)
    const inLobby = (dialect: LobbyDialect): ConnectionHandler => {
      return (connection, origin) => lobby.serve(connection, dialect, origin)
    }
    this.#paths = new Map<string, { way: Way; handle: ConnectionHandler }>([
      ['/ws', { way: 'text', handle: inLobby(text) }],
      ['/ws/json', { way: 'json', handle: inLobby(json) }],
      ['/ws/events', { way: 'events', handle: inLobby(events(new StatsCache(store, journal))) }],
      ['/ws/strangers', { way: 'strangers', handle: (connection) => strangers.serve(connection) }],
    ])
  }

  get load(): { connections: number; open: Partial<Record<Way, number>>; rooms: number } {
    return { connections: this.#all.size, open: { ...this.#open }, rooms: this.#rooms.size }
  }

  /** The dialect of a request's path; undefined for other paths. */
  wayOf(req: IncomingMessage): Way | undefined {
    return this.#paths.get(pathOf(req))?.way
  }

  /** Answers a request without an upgrade on a dialect's path. Returns false for other paths. */
  request(req: IncomingMessage, res: ServerResponse): boolean {
    const path = pathOf(req)
    if (!this.#paths.has(path)) return false
    // Status and body of the server that the json dialect replaces; else 426 of RFC 9110, section 15.5.22.
    const [status, body] = path === '/ws/json' ? [400, 'Expected WebSocket connection\n'] : [426, STATUS_CODES[426]!]
    res.writeHead(status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': body.length,
      ...(status === 426 && { Upgrade: 'websocket', Connection: 'Upgrade' }),
    })
    res.end(body)
    return true
  }

  /**
   * Upgrades a request on a dialect's path. Any origin is allowed, since dialects have no credentials. Returns false
   * for other paths.
   */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const dialect = this.#paths.get(pathOf(req))
    if (!dialect) return false
    const { peers, limits } = this.deps
    const address = peers.network(req)
    const reason = this.deps.closed() ?? limits.connections.limitMessage(address)
    if (reason !== undefined) {
      refuse(socket, unavailable(`${reason} Try again.`, 1_000 + Math.random() * 2_000))
      return true
    }
    const origin = { port: peers.port(req) }
    this.#server.handleUpgrade(req, socket, head, (ws) => {
      const { way, handle } = dialect
      const { appends, pings } = this.deps.config
      const connection = new Connection(way, ws, socket, (error) => this.#onUnexpectedError(error, way), {
        appends,
        address: (signal) => limits.waitForDialectFrame(address, signal),
        pingIntervalMs: pings.intervalMs,
      })
      this.#record(connection, address)
      const ended = this.#serve(connection, handle(connection, origin)).finally(() => this.#all.delete(connection))
      this.#all.set(connection, ended)
    })
    return true
  }

  /**
   * Closes all connections with 1012 in batches over `overMs` milliseconds. Resolves when they are closed and the
   * roster is updated.
   */
  async drain(overMs: number): Promise<void> {
    const all = [...this.#all]
    const rounds = Math.max(1, Math.floor(overMs / DRAIN_ROUND_MS))
    const batch = Math.ceil(all.length / rounds)
    for (let start = 0; start < all.length; start += batch) {
      if (start > 0) await delay(DRAIN_ROUND_MS)
      for (const [connection] of all.slice(start, start + batch)) closeForShutdown(connection, CLOSE.serviceRestart)
    }
    await this.#allEnded()
  }

  async close(): Promise<void> {
    for (const connection of this.#all.keys()) closeForShutdown(connection, CLOSE.goingAway)
    await this.#allEnded()
    this.#rooms.close()
    this.#server.close()
  }

  async #serve(connection: Connection, served: Promise<void>): Promise<void> {
    try {
      await served
    } catch (error) {
      if (!(error instanceof FaultError)) this.#onUnexpectedError(error, connection.way)
      connection.close(CLOSE.tryAgainLater, 'Temporarily unavailable. Try again later.')
      await connection.ended
    }
  }

  /** Resolves when all connections have ended, at the latest after TAIL_MS and CLOSE_TIMEOUT_MS. */
  async #allEnded(): Promise<void> {
    await Promise.race([Promise.all(this.#all.values()), delay(TAIL_MS + CLOSE_TIMEOUT_MS, undefined, { ref: false })])
  }

  /** Counts the connection and records its start and end in the journal. */
  #record(connection: Connection, address: string): void {
    const { journal, limits } = this.deps
    limits.connections.open(address)
    const { way } = connection
    this.#open[way] = (this.#open[way] ?? 0) + 1
    journal.record({ kind: 'connection', way })
    void connection.ended.then(() => {
      this.#open[way]!--
      limits.connections.close(address)
      const { closeCode, discarded } = connection
      const lost = discarded > 0 ? `, ${discarded} received messages discarded` : ''
      journal.record({ kind: 'disconnect', way, reason: `closed with ${closeCode}${lost}` })
    })
  }

  #onUnexpectedError(error: unknown, way: Way): void {
    this.deps.journal.record({ kind: 'error', way, reason: `${error}` })
    this.deps.log.error({ err: error }, 'a dialect failed unexpectedly')
  }
}

const closeForShutdown = (connection: Connection, code: number) =>
  connection.closeAfterTail(code, 'This node is shutting down.', TAIL_MS)

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0]!
