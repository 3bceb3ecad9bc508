import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { Server as Engine, type Socket as Session, type Transport } from 'engine.io'
import { FRAME_MAX_BYTES } from '../../../protocol/limits.ts'
import type { ClientAddresses } from '../../client-address.ts'
import type { AppendQueue } from '../../domain/append-queue.ts'
import { FaultError, unavailable } from '../../domain/fault-error.ts'
import type { Limits } from '../../domain/limits.ts'
import type { NodeMetrics } from '../../metrics.ts'
import { refuse } from '../../refuse-connection.ts'
import { AdmissionControl } from './admission-control.ts'
import { Heartbeats, type Pings } from './heartbeats.ts'
import { Inbound, type InboundDeps, type InboundRates } from './inbound.ts'
import { shedding } from './shedding.ts'

/** Engine.IO's error code for "Session ID unknown". */
const UNKNOWN_SID = 1
const DRAIN_ROUND_MS = 100
const CLOSE_TIMEOUT_MS = 500
const ARRIVING_MAX_PACKETS = 100
/** Cost of a CONNECT in command-cost units: verifies or issues a token, stores the user and counts the connection. */
const CONNECT_COST = 4

interface SessionsDeps {
  node: string
  metrics: NodeMetrics
  pings: Pings
  rates: InboundRates
  /** Why new sessions are rejected; undefined while they are accepted. */
  closed(): string | undefined
  peers: ClientAddresses
  limits: Limits
  queue: AppendQueue
}

/** The Engine.IO sessions below Socket.IO: their admission, ids, flow control and shutdown. */
export class Sessions {
  readonly engine: Engine
  readonly #all = new Map<string, Session>()
  readonly #addresses = new WeakMap<Session, string>()
  readonly #inbound = new WeakMap<Session, Inbound>()
  /** Sessions with an unanswered POST. */
  readonly #posting = new WeakSet<Session>()
  readonly #admission = new AdmissionControl((session) => session.close(true))
  readonly #heartbeats: Heartbeats
  readonly #webSockets = new Set<Duplex>()
  // One shared listener for all sessions and one for all sockets: a closure per connection, wrapped by `once`, costs
  // 1 kB of memory per idle connection.
  readonly #onSessionClose: (this: Session) => void
  readonly #onSocketClose: (this: Duplex) => void

  constructor(private readonly deps: SessionsDeps) {
    const sessions = this
    this.#heartbeats = new Heartbeats(deps.pings)
    this.#onSessionClose = function onSessionClose() {
      sessions.#all.delete(idOf(this))
      deps.limits.connections.close(sessions.#addresses.get(this)!)
      sessions.#admission.remove(this)
      sessions.#heartbeats.stop(this)
      sessions.inbound(this).close()
    }
    this.#onSocketClose = function onSocketClose() {
      sessions.#webSockets.delete(this)
    }
    this.engine = new Engine({
      maxHttpBufferSize: FRAME_MAX_BYTES,
      pingInterval: deps.pings.intervalMs,
      pingTimeout: deps.pings.timeoutMs,
      transports: ['polling', 'websocket'],
    })
    // nginx routes by the node in the session id. 20 random characters have 120 bits.
    this.engine.generateId = () => `${deps.node}.${randomBytes(15).toString('base64url')}`
    this.engine.on('connection_error', ({ code }: { code: number }) => {
      if (code === UNKNOWN_SID) deps.metrics.unknownSid()
    })
    const shared: InboundDeps = {
      rates: deps.rates,
      addresses: deps.limits.commands,
      flooded: () => deps.metrics.disconnected('rate_limited'),
      shed: shedding(deps.queue, deps.metrics),
    }
    this.engine.on('connection', (session: Session) => {
      const address = deps.peers.network(session.request as IncomingMessage)
      this.#all.set(idOf(session), session)
      this.#addresses.set(session, address)
      deps.limits.connections.open(address)
      this.#admission.arrive(session, address)
      this.#heartbeats.start(session)
      const inbound = new Inbound(session, address, shared)
      this.#inbound.set(session, inbound)
      interceptPackets(session.transport, inbound)
      session.on('upgrading', (transport: Transport) => interceptPackets(transport, inbound))
      session.on('packetCreate', closeIfUnreadExceeded)
      session.on('close', this.#onSessionClose)
    })
  }

  request(req: IncomingMessage, res: ServerResponse): void {
    if (this.#rejectNewSession(req, res)) return
    const session = this.#all.get(sidOf(req) ?? '')
    if (session && req.method === 'POST' && !this.#answerWhenDrained(session, res)) return
    // Engine.IO never answers an HTTP request for a session that uses WebSocket.
    if (session?.transport.name === 'websocket') {
      refuse(res, new FaultError('bad_input', 'This session uses WebSocket and accepts no HTTP requests.'))
      return
    }
    // Engine.IO rejects a POST body that is too large but keeps its session. A WebSocket message too large ends the
    // session.
    res.once('finish', () => {
      if (res.statusCode === 413) session?.close(true)
    })
    this.engine.handleRequest(req as Parameters<Engine['handleRequest']>[0], res)
  }

  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#rejectNewSession(req, socket)) return
    this.#webSockets.add(socket)
    socket.on('close', this.#onSocketClose)
    this.engine.handleUpgrade(req as Parameters<Engine['handleUpgrade']>[0], socket, head)
  }

  /** A CONNECT of the session is being processed. */
  connecting(session: Session): void {
    this.#admission.connect(session)
    this.inbound(session).charge(CONNECT_COST)
  }

  /** The CONNECT was rejected; the client may send another one. */
  connectRefused(session: Session): void {
    this.#admission.halfOpen(session)
  }

  /** The CONNECT was accepted: the session is no longer arriving. */
  connected(session: Session): void {
    session.off('packetCreate', closeIfUnreadExceeded)
    this.#admission.remove(session)
  }

  /** The flow control of a session. */
  inbound(session: Session): Inbound {
    return this.#inbound.get(session)!
  }

  /**
   * Delays the response to a POST until its packets have been processed; Engine.IO answers as soon as it has read them,
   * which gives a polling client no backpressure. Returns false after closing a session that has another POST pending.
   */
  #answerWhenDrained(session: Session, res: ServerResponse): boolean {
    if (this.#posting.has(session)) {
      refuse(
        res,
        new FaultError('bad_input', 'Only one POST per session at a time. Wait for the response to the previous POST.'),
      )
      session.close(true)
      return false
    }
    this.#posting.add(session)
    res.once('close', () => this.#posting.delete(session))
    const inbound = this.inbound(session)
    const end = res.end.bind(res) as (...args: unknown[]) => ServerResponse
    res.end = ((...args: unknown[]) => {
      inbound.whenDrained(() => end(...args))
      return res
    }) as ServerResponse['end']
    return true
  }

  get count(): { websocket: number; polling: number } {
    let websocket = 0
    for (const { transport } of this.#all.values()) if (transport.name === 'websocket') websocket++
    return { websocket, polling: this.#all.size - websocket }
  }

  /**
   * Closes all sessions in batches over `overMs` milliseconds, so that they do not all reconnect at once. Closes the
   * Engine.IO session, since stock clients reconnect after that but not after a Socket.IO `disconnect()`.
   */
  async drain(overMs: number): Promise<void> {
    const sessions = [...this.#all.values()]
    const rounds = Math.max(1, Math.floor(overMs / DRAIN_ROUND_MS))
    const batch = Math.ceil(sessions.length / rounds)
    while (sessions.length > 0) {
      for (const session of sessions.splice(0, batch)) session.close()
      if (sessions.length > 0) await setTimeout(DRAIN_ROUND_MS)
    }
  }

  /**
   * Closes all sessions, and destroys the sockets of clients that do not close within CLOSE_TIMEOUT_MS (ws waits 30 s).
   */
  async close(): Promise<void> {
    this.#admission.close()
    this.#heartbeats.close()
    this.engine.close()
    const closed = [...this.#webSockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    await Promise.race([Promise.all(closed), setTimeout(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    for (const socket of this.#webSockets) socket.destroy()
  }

  /**
   * Rejects the request of a new session with 503 if the node accepts none; stock clients retry after a 503. Returns
   * whether it did.
   */
  #rejectNewSession(req: IncomingMessage, to: ServerResponse | Duplex): boolean {
    if (sidOf(req) !== undefined) return false
    const { peers, limits } = this.deps
    const address = peers.network(req)
    const reason =
      this.deps.closed() ??
      limits.connections.limitMessage(address) ??
      (this.#admission.admits(address) ? undefined : 'Too many connections are being opened at once.')
    if (reason === undefined) return false
    // A random delay spreads the retries.
    refuse(to, unavailable(`${reason} Try again.`, 1_000 + Math.random() * 2_000))
    return true
  }
}

/**
 * Backpressure only measures connected sockets. Before that a session is sent few packets, so one with many unread packets
 * is attacking the memory of the node, for example by requesting thousands of namespaces that do not exist.
 */
function closeIfUnreadExceeded(this: Session): void {
  const { writeBuffer } = this as unknown as { writeBuffer: unknown[] }
  if (writeBuffer.length > ARRIVING_MAX_PACKETS) this.close(true)
}

/** Passes the packets that the transport decodes to flow control instead of the session. */
function interceptPackets(transport: Transport, inbound: Inbound): void {
  Object.assign(transport, { onPacket: (packet: Parameters<Inbound['take']>[1]) => inbound.take(transport, packet) })
}

const idOf = (session: Session): string => (session as unknown as { id: string }).id

/** The `sid` parameter as Engine.IO reads it: decoded, the last of several. Empty means a new session. */
const sidOf = ({ url = '' }: IncomingMessage): string | undefined =>
  new URL(url, 'http://here').searchParams.getAll('sid').at(-1) || undefined
