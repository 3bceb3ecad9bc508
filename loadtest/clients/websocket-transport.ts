import { type ClientTransport, Stream, type TransportOptions } from './transport.ts'

const HEAD_END = '\r\n\r\n'
const CLOSE = 8
const PING = 9
const PONG = 10

/** Hand-written WebSocket client (RFC 6455): ws would cost as much per frame as the server that is measured. */
export class WebSocketTransport implements ClientTransport {
  readonly #stream: Stream
  #upgraded = false
  /** The server's reason for closing. */
  #why: string | undefined

  constructor(
    path: string,
    private readonly options: TransportOptions,
  ) {
    this.#stream = new Stream(options, {
      open: () => {
        if (options.traffic) options.traffic.upgrades++
        this.#stream.write(upgradeRequest(path, options))
      },
      read: (bytes, end) => this.#frames(bytes, this.#upgraded ? 0 : this.#answered(bytes, end), end),
      closed: (why) => options.closed(this.#why ?? why),
    })
  }

  send(text: string): void {
    this.#stream.write(masked(1, Buffer.from(text)))
  }

  /** Writes complete frames, as created by `masked`. */
  write(frames: Buffer): void {
    this.#stream.write(frames)
  }

  /** Bytes that the kernel has not taken yet. */
  get buffered(): number {
    return this.#stream.buffered
  }

  ping(): void {
    this.#stream.write(masked(PING, Buffer.alloc(0)))
  }

  close(): void {
    this.#stream.close()
  }

  /** Parses the upgrade response; returns the offset of the first frame. */
  #answered(bytes: Buffer, end: number): number {
    const head = bytes.toString('latin1', 0, end)
    const ends = head.indexOf(HEAD_END)
    if (ends < 0) return 0
    if (!head.startsWith('HTTP/1.1 101')) {
      this.#why = `refused with ${head.slice('HTTP/1.1 '.length, head.indexOf('\r'))}`
      this.close()
      return end
    }
    this.#upgraded = true
    this.options.open(this)
    return ends + HEAD_END.length
  }

  /** RFC 6455, section 5.2. Servers do not mask frames, and ws does not fragment messages. */
  #frames(bytes: Buffer, from: number, end: number): number {
    if (!this.#upgraded) return from
    let at = from
    while (end - at >= 2) {
      const opcode = bytes[at]! & 0x0f
      let length = bytes[at + 1]! & 0x7f
      let start = at + 2
      if (length === 126) {
        start += 2
        if (end < start) break
        length = bytes.readUInt16BE(at + 2)
      } else if (length === 127) {
        start += 8
        if (end < start) break
        length = Number(bytes.readBigUInt64BE(at + 2))
      }
      if (end < start + length) break
      at = start + length
      if (opcode === PING) this.#stream.write(masked(PONG, bytes.subarray(start, at)))
      else if (opcode === PONG) this.options.pong?.()
      else if (opcode === CLOSE) {
        this.#why = `closed with ${length >= 2 ? bytes.readUInt16BE(start) : 1005}`
        this.close()
      } else this.options.packet(bytes, start, at)
    }
    return at
  }
}

const upgradeRequest = (path: string, { host, port, browser }: TransportOptions): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n${browser?.upgrade ?? ''}\r\n`

/** A mask of zeros leaves the payload unchanged at no cost. */
export function masked(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const wide = length > 125 ? 2 : 0
  const frame = Buffer.alloc(6 + wide + length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | (wide ? 126 : length)
  if (wide) frame.writeUInt16BE(length, 2)
  payload.copy(frame, 6 + wide)
  return frame
}
