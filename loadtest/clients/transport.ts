import { connect, type NetConnectOpts, type Socket } from 'node:net'

export interface Target {
  host: string
  port: number
}

/** Traffic measured at the client, including all headers and frames. */
export interface Traffic {
  /** Bytes. */
  sent: number
  received: number
  /** GET polls, POST requests, and WebSockets opened. */
  polls: number
  posts: number
  upgrades: number
}

/** Headers (complete lines) and query parameters that a browser adds to the required ones. */
export interface BrowserWords {
  poll: string
  post: string
  upgrade: string
  query: string
}

export interface TransportOptions extends Target {
  /** Loopback address to connect from: one address has only about 28,000 ports. */
  localAddress?: string
  browser?: BrowserWords
  /** Counters to increment. */
  traffic?: Traffic
  open(clientTransport: ClientTransport): void
  /**
   * A complete packet is in `bytes` from `start` to `end`, valid until the callback returns because the memory is
   * reused. It is not decoded.
   */
  packet(bytes: Buffer, start: number, end: number): void
  /** Everything sent before the ping has been read by the server. WebSocket only. */
  pong?(): void
  /** All further packets use the WebSocket. Upgrading transport only. */
  upgraded?(): void
  /** The connection closed or could not be opened. */
  closed(why: string): void
}

/** One client's connection over either transport; transfers packets without interpreting them, at minimal CPU cost. */
export interface ClientTransport {
  send(text: string): void
  close(): void
}

/** Read buffer shared by all sockets of the process: each chunk is processed before the next read. */
const shared = Buffer.allocUnsafeSlow(256 * 1024)
const nothing = Buffer.alloc(0)

/** A TCP connection whose reader returns how much it consumed; the rest is passed again with the following bytes. */
export class Stream {
  readonly #socket: Socket
  readonly #traffic: Traffic | undefined
  #rest = nothing

  constructor(
    { host, port, localAddress, traffic }: Target & Pick<TransportOptions, 'localAddress' | 'traffic'>,
    private readonly reader: {
      open(): void
      /** Returns the offset of the first byte that was not consumed. */
      read(bytes: Buffer, end: number): number
      closed(why: string): void
    },
  ) {
    this.#traffic = traffic
    const onread = {
      buffer: shared,
      callback: (length: number, bytes: Buffer | Uint8Array) => this.#read(length, bytes),
    }
    this.#socket = connect({ host, port, localAddress, noDelay: true, onread } as NetConnectOpts)
    let why = 'closed by the server'
    this.#socket.once('connect', () => reader.open())
    this.#socket.once('error', (error) => {
      why = error.message
    })
    this.#socket.once('close', () => reader.closed(why))
  }

  /** Bytes that the kernel has not taken yet. */
  get buffered(): number {
    return this.#socket.writableLength
  }

  write(bytes: string | Buffer): void {
    if (this.#traffic) this.#traffic.sent += bytes.length
    this.#socket.write(bytes as string, 'latin1')
  }

  /** Resets the connection, so that no TIME_WAIT occupies the port. */
  close(): void {
    this.#socket.resetAndDestroy()
  }

  #read(length: number, fresh: Buffer | Uint8Array): boolean {
    const chunk = fresh as Buffer
    if (this.#traffic) this.#traffic.received += length
    const whole = this.#rest.length === 0
    const bytes = whole ? chunk : Buffer.concat([this.#rest, chunk.subarray(0, length)])
    const end = whole ? length : bytes.length
    const used = this.reader.read(bytes, end)
    this.#rest = used < end ? Buffer.from(bytes.subarray(used, end)) : nothing
    return true
  }
}
