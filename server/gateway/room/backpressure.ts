import type { ClientSocket } from '../socket.ts'
import { SLOW } from '../socket-rooms.ts'

/** Past this, the connection does not receive typing events. */
const SLOW_BYTES = 64 * 1024
/** Past this, the streams of its rooms end with `room:stale`. */
const STALE_BYTES = 1024 * 1024
/** Past this, the connection is closed: it does not even read the answers to its own commands. */
const CLOSE_BYTES = 4 * 1024 * 1024

interface EnginePacket {
  data?: string | Buffer
}

/**
 * Measures the unread data of a connection in characters, counted since its transport last handed everything to the
 * kernel. Between two such moments the buffer holds at most one more batch of the same size.
 */
export class Backpressure {
  #unread = 0
  #isSlow = false

  constructor(private readonly socket: ClientSocket) {
    const { conn } = socket
    conn.on('packetCreate', (packet: EnginePacket) => this.#add(packet.data?.length ?? 0))
    conn.on('drain', () => this.#onDrain())
  }

  get exceeded(): boolean {
    return this.#unread > STALE_BYTES
  }

  #add(size: number): void {
    // Checked before adding: a single large packet, such as a requested page, does not close the connection.
    if (this.#unread > CLOSE_BYTES) {
      this.socket.conn.close(true)
      return
    }
    this.#unread += size
    if (this.#unread > SLOW_BYTES && !this.#isSlow) {
      this.#isSlow = true
      this.socket.join(SLOW)
    }
  }

  #onDrain(): void {
    this.#unread = 0
    if (!this.#isSlow) return
    this.#isSlow = false
    this.socket.leave(SLOW)
  }
}
