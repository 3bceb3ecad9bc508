import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Journal, Way } from '../domain/journal.ts'

interface Meter {
  way: Way
  bytesIn: number
  bytesOut: number
}

/**
 * The maximum number of WebSockets sampled per flush: of N, each is sampled every N/1,000 flushes. When a node is killed,
 * the bytes since the last sample are not counted.
 */
const SAMPLED_AT_ONCE_MAX = 1_000

/** Counts the bytes of this node's TCP connections, from the counters of Node's sockets. */
export class Traffic {
  /** The bytes already counted of each connection that carries requests. */
  readonly #requests = new WeakMap<Socket, { bytesIn: number; bytesOut: number }>()
  readonly #webSockets = new Map<Socket, Meter>()
  #next: Iterator<[Socket, Meter]> | undefined
  /** Shared by all sockets: a closure per connection would use more memory than its meter. */
  readonly #ended: (this: Socket) => void

  constructor(private readonly journal: Pick<Journal, 'bytes'>) {
    const traffic = this
    this.#ended = function ended() {
      const meter = traffic.#webSockets.get(this)
      if (meter) traffic.#measure(this, meter)
      traffic.#webSockets.delete(this)
    }
  }

  /** Counts a request and its response when the response ends. A connection carries one request at a time. */
  request({ socket }: IncomingMessage, res: ServerResponse, way: Way): void {
    res.once('close', () => {
      const { bytesIn, bytesOut } = this.#countedOf(socket)
      const { bytesRead, bytesWritten } = socket
      this.#requests.set(socket, { bytesIn: bytesRead, bytesOut: bytesWritten })
      this.journal.bytes(way, bytesRead - bytesIn, bytesWritten - bytesOut)
    })
  }

  /** Counts a connection that requested an upgrade to WebSocket, until it closes. */
  webSocket(duplex: Duplex, way: Way): void {
    const socket = duplex as Socket
    const { bytesIn, bytesOut } = this.#countedOf(socket)
    this.#webSockets.set(socket, { way, bytesIn, bytesOut })
    socket.on('close', this.#ended)
  }

  /** Counts the bytes of up to SAMPLED_AT_ONCE_MAX open WebSockets since their last sample. */
  sample(): void {
    for (let left = Math.min(SAMPLED_AT_ONCE_MAX, this.#webSockets.size); left > 0; left--) {
      this.#next ??= this.#webSockets.entries()
      const { done, value } = this.#next.next()
      if (done) this.#next = undefined
      else this.#measure(...value)
    }
  }

  /** Samples all open WebSockets. */
  sampleAll(): void {
    for (const [socket, meter] of this.#webSockets) this.#measure(socket, meter)
  }

  #countedOf(socket: Socket): { bytesIn: number; bytesOut: number } {
    return this.#requests.get(socket) ?? { bytesIn: 0, bytesOut: 0 }
  }

  #measure({ bytesRead, bytesWritten }: Socket, meter: Meter): void {
    this.journal.bytes(meter.way, bytesRead - meter.bytesIn, bytesWritten - meter.bytesOut)
    meter.bytesIn = bytesRead
    meter.bytesOut = bytesWritten
  }
}
