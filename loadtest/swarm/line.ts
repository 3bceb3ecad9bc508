import { connect, type NetConnectOpts, type Socket } from 'node:net'

/** Where a line leads. */
export interface Target {
  host: string
  port: number
}

export interface LineOptions extends Target {
  /** To come from another loopback address than 127.0.0.1, since one has some 28,000 ports. */
  localAddress?: string
  open(line: Line): void
  /**
   * A whole packet lies in `bytes` from `start` to `end`, until this returns: the memory is used again. Nothing is
   * decoded, so that a load test need not.
   */
  packet(bytes: Buffer, start: number, end: number): void
  /** Whatever was sent before a ping has been read by the server. WebSocket only. */
  pong?(): void
  /** It ended, or never came about. */
  gone(why: string): void
}

/** One client's connection, by either transport, as cheap as it can be: the packets, and nothing of what they mean. */
export interface Line {
  send(text: string): void
  close(): void
}

/** All sockets of a process read into the same memory: what is read is looked at before the next one reads. */
const shared = Buffer.allocUnsafeSlow(256 * 1024)
const nothing = Buffer.alloc(0)

/** A TCP connection whose reader says how much of what it was shown it has used; the rest is shown again with more behind it. */
export class Stream {
  readonly #socket: Socket
  #rest = nothing

  constructor(
    { host, port, localAddress }: Target & { localAddress?: string },
    private readonly reader: {
      open(): void
      /** Returns where the first byte lies that was not used yet. */
      read(bytes: Buffer, end: number): number
      gone(why: string): void
    },
  ) {
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
    this.#socket.write(bytes as string, 'latin1')
  }

  /** At once, and without a TIME_WAIT that would keep the port. */
  close(): void {
    this.#socket.resetAndDestroy()
  }

  #read(length: number, fresh: Buffer | Uint8Array): boolean {
    const chunk = fresh as Buffer
    const whole = this.#rest.length === 0
    const bytes = whole ? chunk : Buffer.concat([this.#rest, chunk.subarray(0, length)])
    const end = whole ? length : bytes.length
    const used = this.reader.read(bytes, end)
    this.#rest = used < end ? Buffer.from(bytes.subarray(used, end)) : nothing
    return true
  }
}
