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
  attendance: LocalPresence
  matchmaker: Matchmaker
  peers: ClientAddresses
  limits: Limits
  poster: MessagePoster
  metrics: NodeMetrics
  journal: Journal
  log: Logger
  /** Undefined while new connections are welcome, else why they are not. */
  closed(): string | undefined
}

/** A message above this ends its connection: close code 1009. */
const MESSAGE_MAX_BYTES = 16 * 1024
const DRAIN_ROUND_MS = 100
const FAREWELL_MS = 500
/** When the node leaves, what it has received is handled within this time: it has to be gone within 2 s. */
const TAIL_MS = 750

const PROTOCOL = {
  noServer: true,
  WebSocket: DeferredCloseSocket,
  autoPong: false,
  clientTracking: false,
  maxPayload: MESSAGE_MAX_BYTES,
  // How long the other side may take for its close frame.
  closeTimeout: FAREWELL_MS,
}

type Welcome = (connection: Connection, from: Origin) => Promise<void>

/** The plain-WebSocket door: clients of smaller chat servers, each on the path of its dialect. */
export class Dialects {
  readonly #server = new WebSocketServer(PROTOCOL)
  readonly #paths: ReadonlyMap<string, { way: Way; welcome: Welcome }>
  readonly #rooms: RoomSubscriptions
  /** Each with the promise that it is gone, and the roster knows. */
  readonly #all = new Map<Connection, Promise<void>>()
  readonly #open: Partial<Record<Way, number>> = {}

  constructor(private readonly parts: DialectsDeps) {
    const { store, metrics, journal, config } = parts
    this.#rooms = new RoomSubscriptions(store.log, metrics, journal, config.gatherMs)
    const shared = { ...parts, rooms: this.#rooms }
    const lobby = new Lobby(shared)
    const strangers = new Strangers(shared)
    const inLobby = (dialect: LobbyDialect): Welcome => {
      return (connection, from) => lobby.welcome(connection, dialect, from)
    }
    this.#paths = new Map<string, { way: Way; welcome: Welcome }>([
      ['/ws', { way: 'text', welcome: inLobby(text) }],
      ['/ws/json', { way: 'json', welcome: inLobby(json) }],
      ['/ws/events', { way: 'events', welcome: inLobby(events(new StatsCache(store, journal))) }],
      ['/ws/strangers', { way: 'strangers', welcome: (connection) => strangers.welcome(connection) }],
    ])
  }

  get load(): { connections: number; open: Partial<Record<Way, number>>; rooms: number } {
    return { connections: this.#all.size, open: { ...this.#open }, rooms: this.#rooms.size }
  }

  /** What is spoken on the path of a request; undefined for any other path. */
  wayOf(req: IncomingMessage): Way | undefined {
    return this.#paths.get(pathOf(req))?.way
  }

  /** Answers a request without an upgrade on a dialect's path; false for any other path. */
  request(req: IncomingMessage, res: ServerResponse): boolean {
    const path = pathOf(req)
    if (!this.#paths.has(path)) return false
    // The words of the server that the json dialect stands in for; RFC 9110, section 15.5.22.
    const [status, body] = path === '/ws/json' ? [400, 'Expected WebSocket connection\n'] : [426, STATUS_CODES[426]!]
    res.writeHead(status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': body.length,
      ...(status === 426 && { Upgrade: 'websocket', Connection: 'Upgrade' }),
    })
    res.end(body)
    return true
  }

  /** Takes a connection to a dialect's path, from a page of any origin: no credential travels here. False for any other path. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const dialect = this.#paths.get(pathOf(req))
    if (!dialect) return false
    const { peers, limits } = this.parts
    const address = peers.network(req)
    const reason = this.parts.closed() ?? limits.connections.limitMessage(address)
    if (reason !== undefined) {
      refuse(socket, unavailable(`${reason} Try again.`, 1_000 + Math.random() * 2_000))
      return true
    }
    const from = { port: peers.port(req) }
    this.#server.handleUpgrade(req, socket, head, (ws) => {
      const { way, welcome } = dialect
      const { appends, pings } = this.parts.config
      const connection = new Connection(way, ws, socket, (error) => this.#surprised(error, way), {
        appends,
        address: (signal) => limits.waitForDialectFrame(address, signal),
        pingIntervalMs: pings.intervalMs,
      })
      this.#note(connection, address)
      const gone = this.#serve(connection, welcome(connection, from)).finally(() => this.#all.delete(connection))
      this.#all.set(connection, gone)
    })
    return true
  }

  /** Asks everybody to come back elsewhere, in batches over that time; resolves when they are gone and the roster knows. */
  async drain(overMs: number): Promise<void> {
    const all = [...this.#all]
    const rounds = Math.max(1, Math.floor(overMs / DRAIN_ROUND_MS))
    const batch = Math.ceil(all.length / rounds)
    for (let at = 0; at < all.length; at += batch) {
      if (at > 0) await delay(DRAIN_ROUND_MS)
      for (const [connection] of all.slice(at, at + batch)) leave(connection, CLOSE.restarting)
    }
    await this.#gone()
  }

  async close(): Promise<void> {
    for (const connection of this.#all.keys()) leave(connection, CLOSE.leaving)
    await this.#gone()
    this.#rooms.close()
    this.#server.close()
  }

  async #serve(connection: Connection, served: Promise<void>): Promise<void> {
    try {
      await served
    } catch (error) {
      if (!(error instanceof FaultError)) this.#surprised(error, connection.way)
      connection.close(CLOSE.tryLater, 'This is not possible just now.')
      await connection.ended
    }
  }

  /** A connection that does not answer is cut after TAIL_MS and FAREWELL_MS; what the store does not answer is not waited for. */
  async #gone(): Promise<void> {
    await Promise.race([Promise.all(this.#all.values()), delay(TAIL_MS + FAREWELL_MS, undefined, { ref: false })])
  }

  /** Tells the journal of a connection, from its beginning to its end. */
  #note(connection: Connection, address: string): void {
    const { journal, limits } = this.parts
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

  #surprised(error: unknown, way: Way): void {
    this.parts.journal.record({ kind: 'error', way, reason: `${error}` })
    this.parts.log.error({ err: error }, 'a dialect failed unexpectedly')
  }
}

const leave = (connection: Connection, code: number) => connection.leave(code, 'This node is leaving.', TAIL_MS)

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0]!
