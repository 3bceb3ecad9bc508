import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Journal, Way } from '../domain/journal.ts'

interface Meter {
  way: Way
  bytesIn: number
  bytesOut: number
}

/** WebSockets looked at in one go: of N, each every N/1,000 flushes. So much is not counted of a node that is killed. */
const SAMPLED_AT_ONCE_MAX = 1_000

/** What goes over this node's TCP connections, by the counters that each socket keeps anyway. */
export class Traffic {
  /** How far the bytes of a connection that carries requests are counted. */
  readonly #requests = new WeakMap<Socket, { bytesIn: number; bytesOut: number }>()
  readonly #webSockets = new Map<Socket, Meter>()
  #next: Iterator<[Socket, Meter]> | undefined
  /** One function for all of them: listeners of their own would cost each connection more than its meter does. */
  readonly #ended: (this: Socket) => void

  constructor(private readonly journal: Pick<Journal, 'bytes'>) {
    const traffic = this
    this.#ended = function ended() {
      const meter = traffic.#webSockets.get(this)
      if (meter) traffic.#look(this, meter)
      traffic.#webSockets.delete(this)
    }
  }

  /** Counts a request, and what is answered, when that is over; on one connection there is one at a time. */
  request({ socket }: IncomingMessage, res: ServerResponse, way: Way): void {
    res.once('close', () => {
      const { bytesIn, bytesOut } = this.#before(socket)
      const { bytesRead, bytesWritten } = socket
      this.#requests.set(socket, { bytesIn: bytesRead, bytesOut: bytesWritten })
      this.journal.bytes(way, bytesRead - bytesIn, bytesWritten - bytesOut)
    })
  }

  /** Counts a connection that asked to become a WebSocket, until it ends. */
  webSocket(duplex: Duplex, way: Way): void {
    const socket = duplex as Socket
    const { bytesIn, bytesOut } = this.#before(socket)
    this.#webSockets.set(socket, { way, bytesIn, bytesOut })
    socket.on('close', this.#ended)
  }

  /** Counts what went over the open WebSockets since the last look. */
  sample(): void {
    for (let looks = Math.min(SAMPLED_AT_ONCE_MAX, this.#webSockets.size); looks > 0; looks--) {
      this.#next ??= this.#webSockets.entries()
      const { done, value } = this.#next.next()
      if (done) this.#next = undefined
      else this.#look(...value)
    }
  }

  /** Counts what is left to count, however much there is. */
  sampleAll(): void {
    for (const [socket, meter] of this.#webSockets) this.#look(socket, meter)
  }

  #before(socket: Socket): { bytesIn: number; bytesOut: number } {
    return this.#requests.get(socket) ?? { bytesIn: 0, bytesOut: 0 }
  }

  #look({ bytesRead, bytesWritten }: Socket, meter: Meter): void {
    this.journal.bytes(meter.way, bytesRead - meter.bytesIn, bytesWritten - meter.bytesOut)
    meter.bytesIn = bytesRead
    meter.bytesOut = bytesWritten
  }
}
