import type { Target } from '../clients/transport.ts'
import { WebSocketTransport } from '../clients/websocket-transport.ts'
import type { Histogram } from '../measure/histogram.ts'
import { tenths } from '../measure/payload.ts'
import type { ClientReport } from './messages.ts'

/**
 * Limit of data that the server has not read yet. The kernels' socket buffers would hold megabytes per client before a
 * write blocks, so pings measure what was read: a pong arrives after all earlier data was read.
 */
const UNREAD_BYTES = 16 * 1024
const UNREAD_MESSAGES = 8

const TRY_AGAIN_MS = 1_000

const CHAT = Buffer.from('{"type":"chat","msg":"')
const CHAT_END = '"}'.length
const CONNECTED = 'You are connected to a stranger!'
const LEFT = 'Stranger disconnected.'
/** A message starts with the client's number, its own number and the send time in units of 0.1 ms. */
const HEAD_CHARS = 40

export interface StrangerOptions {
  number: number
  target: Target
  localAddress: string | undefined
  bytes: number
  delays: Histogram
  /** The connection or pair ended prematurely. */
  closed(why: string): void
}

/**
 * A client of `/ws/strangers` that waits for a partner, sends as fast as the server reads, and checks each received
 * message.
 */
export class Stranger {
  paired = false
  /** The pair or the connection has ended. */
  over = false
  sent = 0
  received = 0
  wrong = 0
  /** Number of refusals with 503. */
  putOff = 0
  #partner: number | undefined
  #transport: WebSocketTransport | undefined
  #stopped = false
  #unread = { bytes: 0, messages: 0 }
  /** Unread amount when the outstanding ping was sent. */
  #pinged: { bytes: number; messages: number } | undefined

  constructor(private readonly options: StrangerOptions) {}

  connect(): void {
    if (this.#stopped) return
    const { target, localAddress } = this.options
    this.#transport = new WebSocketTransport('/ws/strangers', {
      ...target,
      localAddress,
      open: () => {},
      packet: (bytes, start, end) => this.#receive(bytes, start, end),
      pong: () => this.#readUpToPing(),
      closed: (why) => this.#onClose(why),
    })
  }

  /** False if the message cannot be written now. */
  send(): boolean {
    const { number, bytes } = this.options
    const full = this.#unread.bytes >= UNREAD_BYTES || this.#unread.messages >= UNREAD_MESSAGES
    if (!this.paired || full || this.#transport!.buffered >= UNREAD_BYTES) return false
    this.sent++
    this.#transport!.send(`${number} ${this.sent} ${tenths()} `.padEnd(bytes, 'x'))
    this.#unread.bytes += bytes
    this.#unread.messages++
    const half = this.#unread.bytes * 2 >= UNREAD_BYTES || this.#unread.messages * 2 >= UNREAD_MESSAGES
    if (half && !this.#pinged) this.#sendPing()
    return true
  }

  report(): ClientReport {
    const { number } = this.options
    return { number, sent: this.sent, received: this.received, partner: this.#partner }
  }

  stop(): void {
    this.#stopped = true
    this.#transport?.close()
  }

  #sendPing(): void {
    this.#pinged = { ...this.#unread }
    this.#transport!.ping()
  }

  #readUpToPing(): void {
    if (!this.#pinged) return
    this.#unread.bytes -= this.#pinged.bytes
    this.#unread.messages -= this.#pinged.messages
    this.#pinged = undefined
    if (this.#unread.messages > 0) this.#sendPing()
  }

  #receive(bytes: Buffer, start: number, end: number): void {
    const body = start + CHAT.length
    if (CHAT.compare(bytes, start, Math.min(body, end)) === 0) this.#check(bytes, body, end - CHAT_END)
    else this.#handleInfo(JSON.parse(bytes.toString('utf8', start, end)))
  }

  /** Checks that messages are complete, in order, and from the same partner. */
  #check(bytes: Buffer, start: number, end: number): void {
    const head = bytes.toString('latin1', start, Math.min(end, start + HEAD_CHARS))
    const [from, nth, at] = head.split(' ').map(Number)
    this.#partner ??= from
    this.received++
    const right = from === this.#partner && nth === this.received && end - start === this.options.bytes
    if (right) this.options.delays.add(tenths() - at!)
    else this.wrong++
  }

  #handleInfo({ type, msg }: { type: string; msg: string }): void {
    if (type === 'info' && msg === CONNECTED && !this.paired) this.paired = true
    else if (type === 'info' && msg === LEFT && this.paired) this.#end('told that their stranger had left')
    else this.wrong++
  }

  /** Overloaded nodes and nginx refuse with 503, after which the client retries. */
  #onClose(why: string): void {
    if (why.startsWith('refused with 503')) {
      this.putOff++
      setTimeout(() => this.connect(), TRY_AGAIN_MS * (0.5 + Math.random()))
    } else this.#end(why)
  }

  #end(why: string): void {
    if (this.over) return
    this.paired = false
    this.over = true
    this.options.closed(why)
  }
}
