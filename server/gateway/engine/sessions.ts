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
import { Inbound, type InboundParts, type InboundRates } from './inbound.ts'
import { shedding } from './shedding.ts'

/** Engine.IO's error code for "Session ID unknown". */
const UNKNOWN_SID = 1
const DRAIN_ROUND_MS = 100
const FAREWELL_MS = 500
const ARRIVING_MAX_PACKETS = 100
/** In the units of the commands' costs: a token is verified or made, the user stored, the connection counted. */
const CONNECT_COST = 4

interface SessionsParts {
  node: string
  metrics: NodeMetrics
  pings: Pings
  rates: InboundRates
  /** Undefined while new sessions are welcome, else why they are not. */
  closed(): string | undefined
  peers: ClientAddresses
  limits: Limits
  queue: AppendQueue
}

/** Engine.IO sessions: what is below Socket.IO. Who may have one, under which id, and how they end when the node does. */
export class Sessions {
  readonly engine: Engine
  readonly #all = new Map<string, Session>()
  readonly #addresses = new WeakMap<Session, string>()
  readonly #inbound = new WeakMap<Session, Inbound>()
  /** Sessions with a POST that has not been answered. */
  readonly #posting = new WeakSet<Session>()
  readonly #admission = new AdmissionControl((session) => session.close(true))
  readonly #heartbeats: Heartbeats
  readonly #webSockets = new Set<Duplex>()
  // One function for all sessions, and one for all sockets: a listeners of each one's own, and `once` around
  // them, took a kilobyte of what an idle connection costs.
  readonly #gone: (this: Session) => void
  readonly #closed: (this: Duplex) => void

  constructor(private readonly parts: SessionsParts) {
    const sessions = this
    this.#heartbeats = new Heartbeats(parts.pings)
    this.#gone = function gone() {
      sessions.#all.delete(idOf(this))
      parts.limits.connections.close(sessions.#addresses.get(this)!)
      sessions.#admission.remove(this)
      sessions.#heartbeats.remove(this)
      sessions.inbound(this).close()
    }
    this.#closed = function closed() {
      sessions.#webSockets.delete(this)
    }
    this.engine = new Engine({
      maxHttpBufferSize: FRAME_MAX_BYTES,
      pingInterval: parts.pings.intervalMs,
      pingTimeout: parts.pings.timeoutMs,
      transports: ['polling', 'websocket'],
    })
    // nginx reads the node back out of the session id; 20 random characters are 120 bits.
    this.engine.generateId = () => `${parts.node}.${randomBytes(15).toString('base64url')}`
    this.engine.on('connection_error', ({ code }: { code: number }) => {
      if (code === UNKNOWN_SID) parts.metrics.unknownSid()
    })
    const shared: InboundParts = {
      rates: parts.rates,
      addresses: parts.limits.commands,
      flooded: () => parts.metrics.disconnected('rate_limited'),
      shed: shedding(parts.queue, parts.metrics),
    }
    this.engine.on('connection', (session: Session) => {
      const address = parts.peers.network(session.request as IncomingMessage)
      this.#all.set(idOf(session), session)
      this.#addresses.set(session, address)
      parts.limits.connections.open(address)
      this.#admission.arrive(session, address)
      this.#heartbeats.add(session)
      const inbound = new Inbound(session, address, shared)
      this.#inbound.set(session, inbound)
      control(session.transport, inbound)
      session.on('upgrading', (transport: Transport) => control(transport, inbound))
      session.on('packetCreate', endIfOwedTooMuch)
      session.on('close', this.#gone)
    })
  }

  request(req: IncomingMessage, res: ServerResponse): void {
    if (this.#turnedAway(req, res)) return
    const session = this.#all.get(sidOf(req) ?? '')
    if (session && req.method === 'POST' && !this.#answerWhenDrained(session, res)) return
    // Engine.IO would keep a plain request for a session that is on WebSocket, and never answer it.
    if (session?.transport.name === 'websocket') {
      refuse(res, new FaultError('bad_input', 'This session is on WebSocket and takes no requests.'))
      return
    }
    // Engine.IO refuses a poll that is too large and lets its session go on; a frame too large on WebSocket ends it.
    res.once('finish', () => {
      if (res.statusCode === 413) session?.close(true)
    })
    this.engine.handleRequest(req as Parameters<Engine['handleRequest']>[0], res)
  }

  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#turnedAway(req, socket)) return
    this.#webSockets.add(socket)
    socket.on('close', this.#closed)
    this.engine.handleUpgrade(req as Parameters<Engine['handleUpgrade']>[0], socket, head)
  }

  /** A CONNECT of its client is being considered. */
  connecting(session: Session): void {
    this.#admission.connect(session)
    this.inbound(session).charge(CONNECT_COST)
  }

  /** The CONNECT was refused, and another one may come. */
  connectRefused(session: Session): void {
    this.#admission.halfOpen(session)
  }

  /** It is through the door: another may arrive. */
  isIn(session: Session): void {
    session.off('packetCreate', endIfOwedTooMuch)
    this.#admission.remove(session)
  }

  /** The flow control of a session. */
  inbound(session: Session): Inbound {
    return this.#inbound.get(session)!
  }

  /**
   * Engine.IO would answer as soon as it has read: a poller would never feel that it sends too fast. False: one that does
   * not wait for the answer to its last request has been disconnected.
   */
  #answerWhenDrained(session: Session, res: ServerResponse): boolean {
    if (this.#posting.has(session)) {
      refuse(res, new FaultError('bad_input', 'Wait for the answer to the POST before this one.'))
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
   * Closes all in batches, so that they do not all arrive elsewhere at once. At the level of Engine.IO, because stock
   * clients come back after that, and do not after a `disconnect()`.
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

  /** Everybody is told; who does not answer in time is not waited for, as `ws` would for half a minute. */
  async close(): Promise<void> {
    this.#admission.close()
    this.#heartbeats.close()
    this.engine.close()
    const gone = [...this.#webSockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    await Promise.race([Promise.all(gone), setTimeout(FAREWELL_MS, undefined, { ref: false })])
    for (const socket of this.#webSockets) socket.destroy()
  }

  /** A session that is new, on a node that takes none: 503, upon which stock clients come back. */
  #turnedAway(req: IncomingMessage, to: ServerResponse | Duplex): boolean {
    if (sidOf(req) !== undefined) return false
    const { peers, limits } = this.parts
    const address = peers.network(req)
    const reason =
      this.parts.closed() ??
      limits.connections.limitMessage(address) ??
      (this.#admission.admits(address) ? undefined : 'Too many are arriving at once.')
    if (reason === undefined) return false
    // Spread, so that they do not all come back at once either.
    refuse(to, unavailable(`${reason} Try again.`, 1_000 + Math.random() * 2_000))
    return true
  }
}

/**
 * Until somebody is in, when their backlog is counted, a session is told few things: who makes it say more without
 * reading, such as by asking for thousands of namespaces that do not exist, wants the node's memory.
 */
function endIfOwedTooMuch(this: Session): void {
  const { writeBuffer } = this as unknown as { writeBuffer: unknown[] }
  if (writeBuffer.length > ARRIVING_MAX_PACKETS) this.close(true)
}

/** What the transport decodes goes through flow control before the session sees it. */
function control(transport: Transport, inbound: Inbound): void {
  Object.assign(transport, { onPacket: (packet: Parameters<Inbound['take']>[1]) => inbound.take(transport, packet) })
}

const idOf = (session: Session): string => (session as unknown as { id: string }).id

/** As Engine.IO reads it: decoded, the last of several; an empty one asks for a new session. */
const sidOf = ({ url = '' }: IncomingMessage): string | undefined =>
  new URL(url, 'http://here').searchParams.getAll('sid').at(-1) || undefined
