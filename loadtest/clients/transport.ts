import { connect, type NetConnectOpts, type Socket } from 'node:net'

/** Where a line leads. */
export interface Target {
  host: string
  port: number
}

/** What went over a line at the client's end, every header and frame included. */
export interface Traffic {
  /** Bytes. */
  sent: number
  received: number
  /** Requests that asked, those that told, and WebSockets opened. */
  polls: number
  posts: number
  upgrades: number
}

/** What a browser says beside what a line has to: whole header lines, and what its client adds to a poll's address. */
export interface BrowserWords {
  poll: string
  post: string
  upgrade: string
  query: string
}

export interface TransportOptions extends Target {
  /** To come from another loopback address than 127.0.0.1, since one has some 28,000 ports. */
  localAddress?: string
  browser?: BrowserWords
  /** Added to. */
  traffic?: Traffic
  open(clientTransport: ClientTransport): void
  /**
   * A whole packet lies in `bytes` from `start` to `end`, until this returns: the memory is used again. Nothing is
   * decoded, so that a load test need not.
   */
  packet(bytes: Buffer, start: number, end: number): void
  /** Whatever was sent before a ping has been read by the server. WebSocket only. */
  pong?(): void
  /** From here on everything goes over a WebSocket. Of a line that begins by polling. */
  upgraded?(): void
  /** It ended, or never came about. */
  gone(why: string): void
}

/** One client's connection, by either transport, as cheap as it can be: the packets, and nothing of what they mean. */
export interface ClientTransport {
  send(text: string): void
  close(): void
}

/** All sockets of a process read into the same memory: what is read is looked at before the next one reads. */
const shared = Buffer.allocUnsafeSlow(256 * 1024)
const nothing = Buffer.alloc(0)

/** A TCP connection whose reader says how much of what it was shown it has used; the rest is shown again with more behind it. */
export class Stream {
  readonly #socket: Socket
  readonly #traffic: Traffic | undefined
  #rest = nothing

  constructor(
    { host, port, localAddress, traffic }: Target & Pick<TransportOptions, 'localAddress' | 'traffic'>,
    private readonly reader: {
      open(): void
      /** Returns where the first byte lies that was not used yet. */
      read(bytes: Buffer, end: number): number
      gone(why: string): void
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
    this.#socket.once('close', () => reader.gone(why))
  }

  /** Bytes that the kernel has not taken yet. */
  get buffered(): number {
    return this.#socket.writableLength
  }

  write(bytes: string | Buffer): void {
    if (this.#traffic) this.#traffic.sent += bytes.length
    this.#socket.write(bytes as string, 'latin1')
  }

  /** At once, and without a TIME_WAIT that would keep the port. */
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
