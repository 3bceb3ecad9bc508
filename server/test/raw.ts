import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const TIMEOUT_MS = 10_000
export const HANDSHAKE = '/socket.io/?EIO=4&transport='

/** A TCP connection that can send arbitrary bytes. */
export class RawConnection {
  /** Everything received, one character per byte (latin1). */
  received = ''
  readonly #closed: Promise<unknown>
  #answeredUpTo = 0

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.received += chunk
    })
    // The node may end the connection by a reset.
    socket.on('error', () => {})
    this.#closed = new Promise((resolve) => socket.once('close', resolve))
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const rawConnection = new RawConnection(socket)
    await once(socket, 'connect')
    return rawConnection
  }

  /** A WebSocket, after its opening handshake; with a token, also after a Socket.IO CONNECT. */
  static async webSocket(
    port: number,
    { token, query = '' }: { token?: string; query?: string } = {},
  ): Promise<RawConnection> {
    const raw = await RawConnection.open(port)
    raw.write(upgradeRequest(`${HANDSHAKE}websocket${query}`))
    await raw.waitFor('HTTP/1.1 101')
    if (token === undefined) return raw
    raw.write(frame(`40${JSON.stringify({ token })}`))
    await raw.waitFor('42["session"')
    return raw
  }

  write(...parts: (string | Buffer)[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
  }

  /** Sends each byte in a separate segment. */
  async trickle(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      if (!this.socket.writable) return
      await new Promise((resolve) => this.socket.write(Buffer.of(byte), resolve))
    }
  }

  /** Resolves to true when the pattern has occurred `times` times; to false if the node ends the connection first. */
  waitFor(what: string | RegExp, times = 1): Promise<boolean> {
    const all = new RegExp(typeof what === 'string' ? what.replaceAll('[', '\\[') : what, 'g')
    return this.#waitUntil(`${times} × ${what}`, () => (this.received.match(all)?.length ?? 0) >= times)
  }

  /** The next complete HTTP response, head and body. */
  async nextResponse(): Promise<string> {
    const from = this.#answeredUpTo
    const endOfResponse = () => {
      const body = this.received.indexOf('\r\n\r\n', from) + 4
      if (body < 4) return 0
      const head = this.received.slice(from, body)
      if (/transfer-encoding: chunked/i.test(head)) return this.received.indexOf('0\r\n\r\n', body) + 5
      return body + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    }
    await this.#waitUntil('an answer', () => endOfResponse() > from + 4 && this.received.length >= endOfResponse())
    this.#answeredUpTo = endOfResponse()
    return this.received.slice(from, this.#answeredUpTo)
  }

  #waitUntil(what: string, isDone: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const done = (found: boolean) => {
        clearTimeout(timer)
        this.socket.off('data', check).off('end', check).off('close', check)
        resolve(found)
      }
      const check = () => {
        if (isDone()) done(true)
        else if (this.socket.destroyed || this.socket.readableEnded) done(false)
      }
      const timer = setTimeout(() => {
        reject(
          new Error(
            `timed out after ${TIMEOUT_MS / 1_000} s waiting for ${what}; received ${JSON.stringify(this.received.slice(-1_000))}`,
          ),
        )
      }, TIMEOUT_MS)
      this.socket.on('data', check).on('end', check).on('close', check)
      check()
    })
  }

  /** Ends this side of the connection and waits for the node to end the other. */
  async finish(): Promise<void> {
    this.socket.end()
    await this.waitForEnd()
  }

  async waitForEnd(): Promise<void> {
    const timer = setTimeout(() => this.socket.destroy(new Error('left open')), TIMEOUT_MS)
    this.socket.once('end', () => this.socket.end())
    await this.#closed
    clearTimeout(timer)
    if (this.socket.errored?.message === 'left open') {
      throw new Error(`the node left the connection open; received ${JSON.stringify(this.received.slice(-1_000))}`)
    }
  }

  async reset(): Promise<void> {
    this.socket.resetAndDestroy()
    await this.#closed
  }
}

export const upgradeRequest = (path: string, headers = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n${headers}\r\n`

export interface FrameOptions {
  opcode?: number
  fin?: boolean
  masked?: boolean
  /** The reserved bits, 0–7. */
  reserved?: number
  /** The length field, if it differs from the payload's length. */
  length?: bigint
}

/** RFC 6455, section 5.2. A mask of zeros leaves the payload as it is. */
export function frame(payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const bytes = Buffer.from(payload as string)
  const { opcode = typeof payload === 'string' ? TEXT : BINARY, fin = true, masked = true, reserved = 0 } = options
  const length = options.length ?? BigInt(bytes.length)
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const mask = masked ? 0x80 : 0
  const wide = Buffer.alloc(8)
  wide.writeBigUInt64BE(length)
  const head =
    length < 126n
      ? [first, mask | Number(length)]
      : length < 65_536n
        ? [first, mask | 126, ...wide.subarray(6)]
        : [first, mask | 127, ...wide]
  return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0), bytes])
}

export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9
export const PONG = 10
