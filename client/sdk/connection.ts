import { io, type Socket } from 'socket.io-client'
import type { Handshake } from '../../protocol/auth.ts'
import type { CommandName, Input, Output } from '../../protocol/commands.ts'
import type { EventName, Payload } from '../../protocol/events.ts'
import type { Answer, Fault } from '../../protocol/faults.ts'
import { jitter } from './backoff.ts'
import { Emitter } from './emitter.ts'
import { ChatFault, unanswered } from './fault.ts'

export const ACK_TIMEOUT_MS = 5_000
/** From connecting to the session event. A frozen node still accepts TCP connections, so the client needs a timeout. */
export const CONNECT_TIMEOUT_MS = 8_000
/**
 * A connection that ends earlier counts as a failed attempt; otherwise a node that drops clients would reset the
 * backoff.
 */
const STABLE_MS = 1_000

export type Transport = 'websocket' | 'polling'

export interface ConnectionState {
  /**
   * `offline`: waiting for the next attempt, or closed. `syncing`: connected, reading missed entries. `live`: all rooms
   * are in sync. `refused`: rejected for good, see `fault`.
   */
  readonly state: 'offline' | 'connecting' | 'syncing' | 'live' | 'refused'
  readonly node?: string
  readonly transport?: Transport
  /** A WebSocket upgrade is in progress; until it succeeds, long-polling is used. */
  readonly upgrading?: boolean
  /**
   * The reason for `refused`; while `offline` or `connecting`, the reason why the last attempt was rejected, if known.
   */
  readonly fault?: ChatFault
  /** The node cannot reach its store: commands wait, and no new entries arrive. */
  readonly storeAway?: boolean
}

export type Request = <C extends CommandName>(command: C, input: Input<C>) => Promise<Output<C>>

type ConnectionEvents = { [E in EventName]: Payload<E> } & { state: ConnectionState; lost: undefined }

export interface ConnectionOptions {
  url?: string
  transports?: Transport[]
  credentials(): Handshake
}

/** One connection at a time; reconnects with full jitter until closed or rejected for good. */
export class Connection extends Emitter<ConnectionEvents> {
  state: ConnectionState = { state: 'offline' }
  readonly #options: ConnectionOptions
  #socket?: Socket
  /** The one pending timer: connect timeout, next attempt, or leaving a draining node. */
  #timer?: ReturnType<typeof setTimeout>
  #failures = 0
  #establishedAt?: number

  constructor(options: ConnectionOptions) {
    super()
    this.#options = { ...options }
  }

  /** Connects, or skips the wait for the next attempt. */
  open(): void {
    if (!this.#socket) this.#connect()
  }

  close(): void {
    this.#disconnect()
    this.#setState({ state: 'offline' })
  }

  /** Reconnects over these transports; undefined: polling first, then an upgrade. */
  setTransports(transports: Transport[] | undefined): void {
    this.#options.transports = transports
    if (this.state.state === 'offline' || this.state.state === 'refused') return
    this.#disconnect()
    this.#connect()
  }

  /** Call this when every room is in sync. */
  markLive(): void {
    if (this.state.state === 'syncing') this.#setState({ ...this.state, state: 'live' })
  }

  /** Call this when a room has to be read again. */
  markSyncing(): void {
    if (this.state.state === 'live') this.#setState({ ...this.state, state: 'syncing' })
  }

  readonly call: Request = <C extends CommandName>(command: C, input: Input<C>) =>
    new Promise<Output<C>>((resolve, reject) => {
      if (!this.#socket || this.#establishedAt === undefined) return reject(unanswered('Not connected.'))
      const settle = (error: Error | null, answer?: Answer<Output<C>>) => {
        if (error || !answer) reject(unanswered(`No response to ${command}: ${error?.message}.`))
        else if (answer.ok) resolve(answer.value)
        else reject(new ChatFault(answer.fault))
      }
      this.#socket.timeout(ACK_TIMEOUT_MS).emit(command, input, settle)
    })

  #connect(): void {
    clearTimeout(this.#timer)
    const { url, transports, credentials } = this.#options
    const options = {
      auth: (callback: (handshake: Handshake) => void) => callback({ ...credentials(), retries: true }),
      ...(transports && { transports }),
      // One socket per attempt: the backoff of socket.io-client bunches up at its cap, so this class reconnects itself.
      reconnection: false,
      forceNew: true,
      timeout: CONNECT_TIMEOUT_MS,
    }
    const socket = url === undefined ? io(options) : io(url, options)
    this.#socket = socket
    socket.on('connect_error', (error) => this.#onConnectError(error))
    socket.on('disconnect', () => this.#retry())
    // The upgrade may finish before the session event arrives.
    let upgradeDone = transports?.includes('websocket') === false
    const onUpgrade = (succeeded: boolean) => {
      upgradeDone = true
      if (socket !== this.#socket || this.#establishedAt === undefined) return
      this.#setState({ ...this.state, ...(succeeded && { transport: 'websocket' }), upgrading: false })
    }
    socket.io.engine.on('upgrade', () => onUpgrade(true))
    socket.io.engine.on('upgradeError', () => onUpgrade(false))
    socket.onAny((event: EventName, payload: Payload<EventName>) => {
      if (event === 'session') this.#onSession(socket, payload as Payload<'session'>, !upgradeDone)
      if (event === 'store') this.#setState({ ...this.state, storeAway: (payload as Payload<'store'>).away })
      if (event === 'drain') this.#reconnectWithin((payload as Payload<'drain'>).retryInMs)
      this.emit(event, payload)
    })
    this.#timer = setTimeout(() => this.#retry(), CONNECT_TIMEOUT_MS)
    const { state, fault } = this.state
    this.#setState({ state: 'connecting', ...(state === 'offline' && fault && { fault }) })
  }

  #onSession(socket: Socket, { node }: Payload<'session'>, upgradePending: boolean): void {
    clearTimeout(this.#timer)
    this.#establishedAt = performance.now()
    const transport = socket.io.engine.transport.name as Transport
    this.#setState({ state: 'syncing', node, transport, upgrading: upgradePending && transport === 'polling' })
  }

  #onConnectError(error: Failure): void {
    const fault = error.data?.code ? new ChatFault(error.data) : undefined
    if (fault && !fault.retryable) {
      this.#disconnect()
      this.#setState({ state: 'refused', fault })
    } else {
      this.#retry(fault?.retryInMs ?? retryAfterMs(error), fault)
    }
  }

  #retry(atLeastMs = 0, fault?: ChatFault): void {
    const connectedMs = this.#establishedAt === undefined ? 0 : performance.now() - this.#establishedAt
    if (connectedMs >= STABLE_MS) this.#failures = 0
    this.#disconnect()
    this.#timer = setTimeout(() => this.#connect(), atLeastMs + jitter(this.#failures++))
    this.#setState({ state: 'offline', ...(fault && { fault }) })
  }

  #reconnectWithin(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#disconnect()
      this.#connect()
    }, Math.random() * ms)
  }

  #disconnect(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    const lost = this.#establishedAt !== undefined
    this.#socket = undefined
    this.#establishedAt = undefined
    socket?.off()
    socket?.offAny()
    socket?.disconnect()
    if (lost) this.emit('lost', undefined)
  }

  #setState(connectionState: ConnectionState): void {
    this.state = connectionState
    this.emit('state', connectionState)
  }
}

/** `data` with CONNECT_ERROR; `description` and `context` when Engine.IO could not connect by polling. */
type Failure = Error & { data?: Fault; description?: unknown; context?: unknown }

/** The Retry-After header of a 503 response to the handshake, in ms; 0 if unknown. Only readable over long-polling. */
function retryAfterMs({ description: status, context }: Failure): number {
  // Without a response, getResponseHeader of Node's request object throws.
  if (status !== 503) return 0
  const seconds = Number((context as XMLHttpRequest).getResponseHeader?.('Retry-After') ?? 0)
  return Number.isFinite(seconds) ? seconds * 1_000 : 0
}
