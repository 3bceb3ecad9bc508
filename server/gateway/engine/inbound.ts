import type { Socket as Session, Transport } from 'engine.io'
import { WebSocket } from 'ws'
import type { AddressCommands } from '../../domain/address-commands.ts'
import { type Rate, TokenBucket } from '../../domain/token-bucket.ts'

/** Refusals in a row that end a connection. */
export const REFUSALS_MAX = 200
/** A pause of this length between two refusals begins a new row. */
const ROW_PAUSE_MS = 1_000
/** Shorter than PING_TIMEOUT_MS, so that a paused client is not taken for a dead one. */
const PAUSE_MAX_MS = 3_000
/** How long the other side may take for its close frame. */
const CLOSE_FRAME_MS = 2_000
/** Packets of one WebSocket that are processed before the event loop turns to others. */
const PACKETS_PER_TURN = 32

interface Packet {
  type: string
  data?: unknown
}

/** What Engine.IO keeps to itself. */
interface Inside {
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

/** The same for all sessions of a node: each has no more of its own than it needs. */
export interface InboundParts {
  /** Answers a packet without processing it, see shedding.ts. */
  shed(packet: string): string | undefined
  rates: InboundRates
  /** The budgets that the sessions of each address share. */
  addresses: Pick<AddressCommands, 'take' | 'wait' | 'charge'>
  /** A session was ended because it exceeded its limits. */
  flooded(): void
}

/**
 * What one session sends, under flow control. Each packet takes a token, whatever it is. A few are processed in one turn
 * of the event loop, the rest waits while the transport is not read from: a WebSocket is paused, and a POST is answered
 * only when its packets have been processed, one at a time. A client that exceeds its commands is paused for as long as
 * its budget needs, at most PAUSE_MAX_MS; one that goes on regardless is disconnected. While its address has used up its
 * budget, a session waits for its turn among the others of the address before each packet.
 */
export class Inbound {
  readonly #inside: Inside
  readonly #packets: TokenBucket
  /** The bucket of commands that do not append. */
  readonly commands: TokenBucket
  #queue: Packet[] = []
  /** Since the event loop turned to this session. */
  #processed = 0
  #turnScheduled = false
  /** Commands that have not been answered yet. */
  #pending = 0
  #refusals = 0
  #refusedAt = Number.NEGATIVE_INFINITY
  #pausedMs = 0
  #pause: NodeJS.Timeout | undefined
  /** Waits for its turn in the budget of its address. */
  #turn: AbortController | undefined
  /** It has had its turn, and not processed the packet that this was for. */
  #hasTurn = false
  #drained: (() => void)[] = []
  #reading = true
  #closed = false
  /** The session was ended because it exceeded its limits. */
  flooding = false

  constructor(
    private readonly session: Session,
    private readonly address: string,
    private readonly parts: InboundParts,
  ) {
    const { rates } = parts
    const now = performance.now()
    this.#inside = session as unknown as Inside
    this.#packets = new TokenBucket(rates.packets, now)
    this.commands = new TokenBucket(rates.commands, now)
  }

  /** Handed over by a transport of this session, in the order of sending. */
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

  /** What the last packet costs the address beyond the unit that every packet takes. */
  charge(cost: number): void {
    this.parts.addresses.charge(this.address, cost)
  }

  #shed({ type, data }: Packet): boolean {
    if (type !== 'message' || typeof data !== 'string') return false
    const answer = this.parts.shed(data)
    if (answer) this.session.send(answer)
    return answer !== undefined
  }

  /** A command begins; call what is returned when it has been answered. */
  begin(): () => void {
    this.#pending++
    return () => {
      this.#pending--
      if (this.#pending === 0) this.#schedule()
    }
  }

  /**
   * A command was refused that comes `waitMs` too soon for its rate. Returns in how many milliseconds to try again: those
   * that were refused in a row come back one after the other.
   */
  refuse(waitMs: number, { perSecond }: Rate): number {
    const now = performance.now()
    if (now - this.#refusedAt - this.#pausedMs > ROW_PAUSE_MS) this.#refusals = 0
    this.#refusedAt = now
    this.#pausedMs = 0
    this.#refusals++
    if (this.#refusals >= REFUSALS_MAX) this.#flooded()
    const retryInMs = Math.ceil(waitMs + ((this.#refusals - 1) * 1_000) / perSecond)
    this.#pauseFor(Math.min(retryInMs, PAUSE_MAX_MS))
    return retryInMs
  }

  /** Calls back when everything that was sent has been processed and answered, and the client may send again. */
  whenDrained(callback: () => void): void {
    if (this.#idle || this.#closed) callback()
    else this.#drained.push(callback)
  }

  /** Nothing is processed any more; a close frame may still be answered, for a moment. */
  close(): void {
    if (this.#closed) return
    this.#read(true)
    this.#closed = true
    this.#queue = []
    clearTimeout(this.#pause)
    this.#turn?.abort()
    const { socket } = this.#inside.transport
    if (socket && socket.readyState !== WebSocket.CLOSED) setTimeout(() => socket.terminate(), CLOSE_FRAME_MS).unref()
    this.#tell()
  }

  get #idle(): boolean {
    return this.#queue.length === 0 && this.#pending === 0 && this.#pause === undefined && !this.#turnScheduled
  }

  #process(transport: Transport): void {
    const polling = transport.name === 'polling'
    while (this.#queue.length > 0 && !this.#closed) {
      // Whatever one packet did to the session, the others behind it are not heard any more.
      if (this.#inside.readyState !== 'open') {
        this.close()
        return
      }
      if (this.#processed >= PACKETS_PER_TURN || (polling && this.#pending > 0)) break
      const packet = this.#queue[0]!
      if (packet.type === 'message' && !this.#mayProcess()) return
      // The next one waits until it is known whether this one is a command.
      this.#processed += polling && isEvent(packet) ? PACKETS_PER_TURN : 1
      transport.emit('packet', packet)
      this.#queue.shift()
    }
    this.#schedule()
  }

  /** Heartbeats cost an address nothing. False: goes on by itself when it is the session's turn. */
  #mayProcess(): boolean {
    if (this.#turn) return false
    if (this.#hasTurn || this.parts.addresses.take(this.address)) {
      this.#hasTurn = false
      return true
    }
    this.#read(false)
    const turn = new AbortController()
    this.#turn = turn
    // Its pong may lie behind what is not read meanwhile.
    const alive = setInterval(() => this.#inside.pingTimeoutTimer?.refresh(), PAUSE_MAX_MS)
    this.parts.addresses
      .wait(this.address, turn.signal)
      .then(
        () => {
          this.#hasTurn = true
        },
        () => {},
      )
      .finally(() => {
        clearInterval(alive)
        this.#turn = undefined
        if (this.#closed) return
        this.#inside.pingTimeoutTimer?.refresh()
        this.#schedule()
      })
    return false
  }

  /** Socket.IO hands a command over a few ticks later, all of them within this turn. */
  #schedule(): void {
    if (this.#turnScheduled || this.#closed) return
    this.#turnScheduled = true
    setImmediate(() => {
      this.#turnScheduled = false
      this.#processed = 0
      if (this.#closed) return
      if (this.#queue.length > 0) {
        this.#read(false)
        if (this.#pending === 0 || this.#inside.transport.name !== 'polling') this.#process(this.#inside.transport)
        return
      }
      if (this.#pause === undefined) this.#read(true)
      if (this.#idle) this.#tell()
    })
  }

  #pauseFor(ms: number): void {
    if (this.#closed || ms <= 0 || this.#pause) return
    this.#read(false)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#pausedMs += ms
      // Its pong may lie behind what was not read.
      this.#inside.pingTimeoutTimer?.refresh()
      this.#schedule()
    }, ms)
  }

  #read(on: boolean): void {
    if (on === this.#reading) return
    this.#reading = on
    const { socket } = this.#inside.transport
    if (on) socket?.resume()
    else socket?.pause()
  }

  #flooded(): void {
    if (this.#closed) return
    this.flooding = true
    this.close()
    this.parts.flooded()
    const { socket } = this.#inside.transport
    this.session.close(true)
    socket?.terminate()
  }

  #tell(): void {
    const waiting = this.#drained
    this.#drained = []
    for (const callback of waiting) callback()
  }
}

/** A Socket.IO EVENT packet, which may be a command. https://socket.io/docs/v4/socket-io-protocol/#packet-encoding */
const isEvent = ({ type, data }: Packet): boolean => type === 'message' && typeof data === 'string' && data[0] === '2'
