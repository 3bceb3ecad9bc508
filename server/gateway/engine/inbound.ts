import type { Socket as Session, Transport } from 'engine.io'
import { WebSocket } from 'ws'
import type { AddressCommands } from '../../domain/address-commands.ts'
import { type Rate, TokenBucket } from '../../domain/token-bucket.ts'

/** Consecutive rejected commands that end a connection. */
export const REFUSALS_MAX = 200
/** The count of consecutive rejections starts again after this much time without one. */
const REFUSAL_RESET_MS = 1_000
/** Shorter than PING_TIMEOUT_MS, so that a paused client does not time out. */
const PAUSE_MAX_MS = 3_000
/** Longest time to wait for the close frame of the client. */
const CLOSE_FRAME_MS = 2_000
/** Packets of one WebSocket that are processed per event-loop turn. */
const PACKETS_PER_TURN = 32

interface Packet {
  type: string
  data?: unknown
}

/** Private members of an Engine.IO session. */
interface SessionInternals {
  readyState: string
  transport: Transport & {
    onPacket(packet: Packet): void
    socket?: WebSocket
  }
  pingTimeoutTimer?: { refresh(): void } | null
}

export interface InboundRates {
  /** Of all packets, commands or not. */
  packets: Rate
  /** Of commands that do not append, by cost. */
  commands: Rate
}

/** Shared by all sessions of a node, to save memory per session. */
export interface InboundDeps {
  /** Rejects a packet without processing it, see shedding.ts. */
  shed(packet: string): string | undefined
  rates: InboundRates
  /** The rate limits that the sessions of each client address share. */
  addresses: Pick<AddressCommands, 'take' | 'wait' | 'charge'>
  /** Called when a session was closed because it exceeded its limits. */
  flooded(): void
}

/**
 * Flow control for the packets that one session sends. Each packet takes a token from the packet rate limit. A few packets
 * are processed per event-loop turn; the others are queued while the transport is not read: a WebSocket is paused, and
 * the response to a POST is delayed until its packets have been processed, one at a time. A client that exceeds its command
 * rate is paused until it has tokens again, at most for PAUSE_MAX_MS, and is disconnected after REFUSALS_MAX consecutive
 * rejections. While the limit of its address is used up, a session takes turns with the others of that address.
 */
export class Inbound {
  readonly #internals: SessionInternals
  readonly #packets: TokenBucket
  /** Token bucket for commands that do not append. */
  readonly commands: TokenBucket
  #queue: Packet[] = []
  /** Packets processed in this event-loop turn. */
  #processed = 0
  #turnScheduled = false
  /** Commands that have not been answered. */
  #pending = 0
  #refusals = 0
  #refusedAt = Number.NEGATIVE_INFINITY
  #pausedMs = 0
  #pause: NodeJS.Timeout | undefined
  /** Set while the session waits for its turn in the rate limit of its address. */
  #waitingForTurn: AbortController | undefined
  /** The session got its turn and has not processed a packet since. */
  #hasTurn = false
  #drained: (() => void)[] = []
  #reading = true
  #closed = false
  /** The session was ended because it exceeded its limits. */
  flooding = false

  constructor(
    private readonly session: Session,
    private readonly address: string,
    private readonly deps: InboundDeps,
  ) {
    const { rates } = deps
    const now = performance.now()
    this.#internals = session as unknown as SessionInternals
    this.#packets = new TokenBucket(rates.packets, now)
    this.commands = new TokenBucket(rates.commands, now)
  }

  /** Takes a packet from a transport of this session, in the order of sending. */
  take(transport: Transport, packet: Packet): void {
    if (this.#closed) return
    if (this.#packets.take(performance.now()) > 0) {
      this.#flooded()
      return
    }
    if (this.#shed(packet)) return
    this.#queue.push(packet)
    if (this.#queue.length === 1) this.#process(transport)
    else this.#read(false)
  }

  /** Charges the address for the cost of the last packet beyond the one unit per packet. */
  charge(cost: number): void {
    this.deps.addresses.charge(this.address, cost)
  }

  #shed({ type, data }: Packet): boolean {
    if (type !== 'message' || typeof data !== 'string') return false
    const answer = this.deps.shed(data)
    if (answer) this.session.send(answer)
    return answer !== undefined
  }

  /** Counts a command as pending until the returned function is called. */
  startCommand(): () => void {
    this.#pending++
    return () => {
      this.#pending--
      if (this.#pending === 0) this.#schedule()
    }
  }

  /**
   * Records the rejection of a command that arrived `waitMs` milliseconds too early for its rate. Returns the delay after
   * which to retry, in milliseconds; consecutive rejections get increasing delays, so that their retries are spread.
   */
  refuse(waitMs: number, { perSecond }: Rate): number {
    const now = performance.now()
    if (now - this.#refusedAt - this.#pausedMs > REFUSAL_RESET_MS) this.#refusals = 0
    this.#refusedAt = now
    this.#pausedMs = 0
    this.#refusals++
    if (this.#refusals >= REFUSALS_MAX) this.#flooded()
    const retryInMs = Math.ceil(waitMs + ((this.#refusals - 1) * 1_000) / perSecond)
    this.#pauseFor(Math.min(retryInMs, PAUSE_MAX_MS))
    return retryInMs
  }

  /** Calls back when all received packets are processed and answered and the client may send again. */
  whenDrained(callback: () => void): void {
    if (this.#idle || this.#closed) callback()
    else this.#drained.push(callback)
  }

  /** Stops processing. The WebSocket is terminated if the closing handshake takes longer than CLOSE_FRAME_MS. */
  close(): void {
    if (this.#closed) return
    this.#read(true)
    this.#closed = true
    this.#queue = []
    clearTimeout(this.#pause)
    this.#waitingForTurn?.abort()
    const { socket } = this.#internals.transport
    if (socket && socket.readyState !== WebSocket.CLOSED) setTimeout(() => socket.terminate(), CLOSE_FRAME_MS).unref()
    this.#notifyDrained()
  }

  get #idle(): boolean {
    return this.#queue.length === 0 && this.#pending === 0 && this.#pause === undefined && !this.#turnScheduled
  }

  #process(transport: Transport): void {
    const polling = transport.name === 'polling'
    while (this.#queue.length > 0 && !this.#closed) {
      // A packet may have closed the session: the ones after it are dropped.
      if (this.#internals.readyState !== 'open') {
        this.close()
        return
      }
      if (this.#processed >= PACKETS_PER_TURN || (polling && this.#pending > 0)) break
      const packet = this.#queue[0]!
      if (packet.type === 'message' && !this.#mayProcess()) return
      // A polling client's next packet waits until this one is known to be a command or not.
      this.#processed += polling && isEvent(packet) ? PACKETS_PER_TURN : 1
      transport.emit('packet', packet)
      this.#queue.shift()
    }
    this.#schedule()
  }

  /** Takes a unit of the address's limit. If it returns false, processing continues when the session gets its turn. */
  #mayProcess(): boolean {
    if (this.#waitingForTurn) return false
    if (this.#hasTurn || this.deps.addresses.take(this.address)) {
      this.#hasTurn = false
      return true
    }
    this.#read(false)
    const turn = new AbortController()
    this.#waitingForTurn = turn
    // The client's pong may be among the data that is not read meanwhile.
    const keepAlive = setInterval(() => this.#internals.pingTimeoutTimer?.refresh(), PAUSE_MAX_MS)
    this.deps.addresses
      .wait(this.address, turn.signal)
      .then(
        () => {
          this.#hasTurn = true
        },
        () => {},
      )
      .finally(() => {
        clearInterval(keepAlive)
        this.#waitingForTurn = undefined
        if (this.#closed) return
        this.#internals.pingTimeoutTimer?.refresh()
        this.#schedule()
      })
    return false
  }

  /** Socket.IO emits a command a few ticks after its packet was read, within the same event-loop turn. */
  #schedule(): void {
    if (this.#turnScheduled || this.#closed) return
    this.#turnScheduled = true
    setImmediate(() => {
      this.#turnScheduled = false
      this.#processed = 0
      if (this.#closed) return
      if (this.#queue.length > 0) {
        this.#read(false)
        if (this.#pending === 0 || this.#internals.transport.name !== 'polling')
          this.#process(this.#internals.transport)
        return
      }
      if (this.#pause === undefined) this.#read(true)
      if (this.#idle) this.#notifyDrained()
    })
  }

  #pauseFor(ms: number): void {
    if (this.#closed || ms <= 0 || this.#pause) return
    this.#read(false)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#pausedMs += ms
      // The client's pong may be among the data that was not read.
      this.#internals.pingTimeoutTimer?.refresh()
      this.#schedule()
    }, ms)
  }

  #read(on: boolean): void {
    if (on === this.#reading) return
    this.#reading = on
    const { socket } = this.#internals.transport
    if (on) socket?.resume()
    else socket?.pause()
  }

  #flooded(): void {
    if (this.#closed) return
    this.flooding = true
    this.close()
    this.deps.flooded()
    const { socket } = this.#internals.transport
    this.session.close(true)
    socket?.terminate()
  }

  #notifyDrained(): void {
    const callbacks = this.#drained
    this.#drained = []
    for (const callback of callbacks) callback()
  }
}

/** A Socket.IO EVENT packet, which may be a command. https://socket.io/docs/v4/socket-io-protocol/#packet-encoding */
const isEvent = ({ type, data }: Packet): boolean => type === 'message' && typeof data === 'string' && data[0] === '2'
