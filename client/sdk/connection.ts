import { io, type Socket } from 'socket.io-client'
import type { Handshake } from '../../protocol/auth.ts'
import type { CommandName, Input, Output } from '../../protocol/commands.ts'
import type { EventName, Payload } from '../../protocol/events.ts'
import type { Answer, Fault } from '../../protocol/faults.ts'
import { jitter } from './backoff.ts'
import { Emitter } from './emitter.ts'
import { ChatFault, unanswered } from './fault.ts'

export const ACK_TIMEOUT_MS = 5_000
/** From dialling to the session event. A frozen node goes on accepting connections, so that somebody must give up. */
export const DIAL_TIMEOUT_MS = 8_000
/** A connection that ends earlier counts as a failed attempt: else a node that drops everyone is dialled for ever. */
const STEADY_MS = 1_000

export type Transport = 'websocket' | 'polling'

export interface ConnectionState {
  /**
   * `offline`: waiting for the next attempt, or not asked to connect. `syncing`: connected, and reading what was
   * missed. `live`: everything that is said is heard. `refused`: for good, `fault` says why.
   */
  readonly state: 'offline' | 'connecting' | 'syncing' | 'live' | 'refused'
  readonly node?: string
  readonly transport?: Transport
  /** A WebSocket is being tried; until it is there, everything goes by long-polling. */
  readonly upgrading?: boolean
  /** Why `refused`; of the other states, why no node lets us in just now, where one said so. */
  readonly fault?: ChatFault
  /** The node cannot reach its store: messages wait, and nothing new is heard. */
  readonly storeAway?: boolean
}

export type Request = <C extends CommandName>(command: C, input: Input<C>) => Promise<Output<C>>

type ConnectionEvents = { [E in EventName]: Payload<E> } & { state: ConnectionState; lost: undefined }

export interface ConnectionOptions {
  url?: string
  transports?: Transport[]
  credentials(): Handshake
}

/** One connection at a time, dialled again with full jitter until closed or refused for good. */
export class Connection extends Emitter<ConnectionEvents> {
  state: ConnectionState = { state: 'offline' }
  readonly #options: ConnectionOptions
  #socket?: Socket
  /** The next thing to happen: the end of an attempt's patience, the next attempt, or leaving a draining node. */
  #timer?: ReturnType<typeof setTimeout>
  #failures = 0
  #establishedAt?: number

  constructor(options: ConnectionOptions) {
    super()
    this.#options = { ...options }
  }

  /** Connects, or cuts the wait for the next attempt short. */
  open(): void {
    if (!this.#socket) this.#dial()
  }

  close(): void {
    this.#hangUp()
    this.#become({ state: 'offline' })
  }

  /** Reconnects over these transports. */
  setTransports(transports: Transport[] | undefined): void {
    this.#options.transports = transports
    if (this.state.state === 'offline' || this.state.state === 'refused') return
    this.#hangUp()
    this.#dial()
  }

  /** Says that every room is where it should be. */
  caughtUp(): void {
    if (this.state.state === 'syncing') this.#become({ ...this.state, state: 'live' })
  }

  /** Says that some room is not. */
  fallBehind(): void {
    if (this.state.state === 'live') this.#become({ ...this.state, state: 'syncing' })
  }

  readonly call: Request = <C extends CommandName>(command: C, input: Input<C>) =>
    new Promise<Output<C>>((resolve, reject) => {
      if (!this.#socket || this.#establishedAt === undefined) return reject(unanswered('There is no connection now.'))
      const settle = (error: Error | null, answer?: Answer<Output<C>>) => {
        if (error || !answer) reject(unanswered(`No answer to ${command} came: ${error?.message}.`))
        else if (answer.ok) resolve(answer.value)
        else reject(new ChatFault(answer.fault))
      }
      this.#socket.timeout(ACK_TIMEOUT_MS).emit(command, input, settle)
    })

  #dial(): void {
    clearTimeout(this.#timer)
    const { url, transports, credentials } = this.#options
    const options = {
      auth: (give: (handshake: Handshake) => void) => give({ ...credentials(), retries: true }),
      ...(transports && { transports }),
      // A socket serves one attempt; reconnecting is ours, since the stock client's delays bunch up at their cap.
      reconnection: false,
      forceNew: true,
      timeout: DIAL_TIMEOUT_MS,
    }
    const socket = url === undefined ? io(options) : io(url, options)
    this.#socket = socket
    socket.on('connect_error', (error) => this.#failed(error))
    socket.on('disconnect', () => this.#retry())
    // A try may end before there is a session.
    let tried = transports?.includes('websocket') === false
    const upgraded = (done: boolean) => {
      tried = true
      if (socket !== this.#socket || this.#establishedAt === undefined) return
      this.#become({ ...this.state, ...(done && { transport: 'websocket' }), upgrading: false })
    }
    socket.io.engine.on('upgrade', () => upgraded(true))
    socket.io.engine.on('upgradeError', () => upgraded(false))
    socket.onAny((event: EventName, payload: Payload<EventName>) => {
      if (event === 'session') this.#established(socket, payload as Payload<'session'>, !tried)
      if (event === 'store') this.#become({ ...this.state, storeAway: (payload as Payload<'store'>).away })
      if (event === 'drain') this.#leaveWithin((payload as Payload<'drain'>).retryInMs)
      this.emit(event, payload)
    })
    this.#timer = setTimeout(() => this.#retry(), DIAL_TIMEOUT_MS)
    const { state, fault } = this.state
    this.#become({ state: 'connecting', ...(state === 'offline' && fault && { fault }) })
  }

  #established(socket: Socket, { node }: Payload<'session'>, trying: boolean): void {
    clearTimeout(this.#timer)
    this.#establishedAt = performance.now()
    const transport = socket.io.engine.transport.name as Transport
    this.#become({ state: 'syncing', node, transport, upgrading: trying && transport === 'polling' })
  }

  #failed(error: Failure): void {
    const fault = error.data?.code ? new ChatFault(error.data) : undefined
    if (fault && !fault.retryable) {
      this.#hangUp()
      this.#become({ state: 'refused', fault })
    } else {
      this.#retry(fault?.retryInMs ?? retryAfterMs(error), fault)
    }
  }

  #retry(atLeastMs = 0, fault?: ChatFault): void {
    const heldMs = this.#establishedAt === undefined ? 0 : performance.now() - this.#establishedAt
    if (heldMs >= STEADY_MS) this.#failures = 0
    this.#hangUp()
    this.#timer = setTimeout(() => this.#dial(), atLeastMs + jitter(this.#failures++))
    this.#become({ state: 'offline', ...(fault && { fault }) })
  }

  #leaveWithin(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#hangUp()
      this.#dial()
    }, Math.random() * ms)
  }

  #hangUp(): void {
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

  #become(connectionState: ConnectionState): void {
    this.state = connectionState
    this.emit('state', connectionState)
  }
}

/** `data` with CONNECT_ERROR; `description` and `context` when Engine.IO could not connect by polling. */
type Failure = Error & { data?: Fault; description?: unknown; context?: unknown }

/** What a 503 at the handshake says in Retry-After, where one can read it: when polling. */
function retryAfterMs({ description: status, context }: Failure): number {
  // Without a response, Node's request object throws when asked for a header.
  if (status !== 503) return 0
  const seconds = Number((context as XMLHttpRequest).getResponseHeader?.('Retry-After') ?? 0)
  return Number.isFinite(seconds) ? seconds * 1_000 : 0
}
