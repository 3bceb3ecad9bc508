import type { ClientSocket } from '../socket.ts'
import { SLOW } from '../socket-rooms.ts'

/** Past this, typing is left out. */
const SLOW_BYTES = 64 * 1024
/** Past this, a room's stream ends with room:stale. */
const STALE_BYTES = 1024 * 1024
/** Past this the connection is closed: it does not even read the answers to its own commands. */
const CLOSE_BYTES = 4 * 1024 * 1024

interface EnginePacket {
  data?: string | Buffer
}

/**
 * How much a connection has yet to read, in characters, counted from the last time its transport had written
 * everything down to the kernel. Between two such moments a buffer can hold one more batch of the same size at most.
 */
export class Backpressure {
  #waiting = 0
  #slow = false

  constructor(private readonly socket: ClientSocket) {
    const { conn } = socket
    conn.on('packetCreate', (packet: EnginePacket) => this.#grow(packet.data?.length ?? 0))
    conn.on('drain', () => this.#shrink())
  }

  get exceeded(): boolean {
    return this.#waiting > STALE_BYTES
  }

  #grow(size: number): void {
    // What it has asked for just now is not held against it, however large.
    if (this.#waiting > CLOSE_BYTES) {
      this.socket.conn.close(true)
      return
    }
    this.#waiting += size
    if (this.#waiting > SLOW_BYTES && !this.#slow) {
      this.#slow = true
      this.socket.join(SLOW)
    }
  }

  #shrink(): void {
    this.#waiting = 0
    if (!this.#slow) return
    this.#slow = false
    this.socket.leave(SLOW)
  }
}
