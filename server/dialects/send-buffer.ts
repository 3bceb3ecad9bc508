import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** Who has this much to read is not read from, but for a trickle. */
const FULL_BYTES = 64 * 1024
/** Who has more than this to read is let go. */
export const MOST_BYTES = 1024 * 1024
const BATCH_BYTES = 64 * 1024
/**
 * A client that answers each of its own messages by one frame, and is sent many more, reads again only when it may send:
 * so even one that is full is heard once in this time, or the two would wait for each other for ever.
 */
const TRICKLE_MS = 500

/**
 * What a client has yet to read. It is handed down in batches, each when the kernel has taken the one before, so that a
 * close frame has one batch ahead of it at most.
 */
export class SendBuffer {
  #waiting: Buffer[] = []
  #bytes = 0
  #writing = false
  #bounded = true
  #roomy: (() => void) | undefined

  constructor(
    private readonly ws: WebSocket,
    private readonly socket: Duplex,
  ) {}

  /** False when it was too much: the frame is not taken. */
  add(frame: Buffer): boolean {
    if (this.#bytes + frame.length > MOST_BYTES) return false
    this.#waiting.push(frame)
    this.#bytes += frame.length
    if (this.#writing) return true
    this.#writing = true
    // What is said in the same tick leaves together.
    queueMicrotask(() => this.#write())
    return true
  }

  /** Resolves when there is not much to read, or after a while. */
  async room(): Promise<void> {
    if (this.#bytes < FULL_BYTES || !this.#bounded) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TRICKLE_MS)
      this.#roomy = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#roomy = undefined
  }

  /** From here on `room` waits for nothing. */
  stopWaiting(): void {
    this.#bounded = false
    this.#roomy?.()
  }

  /** Forgets what was not handed down yet. */
  drop(): void {
    this.#waiting = []
    this.#bytes = 0
    this.#roomy?.()
  }

  #write(): void {
    let [count, bytes] = [0, 0]
    while (count < this.#waiting.length && bytes < BATCH_BYTES) bytes += this.#waiting[count++]!.length
    const batch = this.#waiting.splice(0, count)
    const last = batch.pop()
    if (!last) {
      this.#writing = false
      return
    }
    this.socket.cork()
    for (const frame of batch) this.ws.send(frame, { binary: false })
    this.ws.send(last, { binary: false }, (error) => {
      // Whoever is gone has nothing to read.
      if (error) return this.drop()
      this.#bytes = Math.max(0, this.#bytes - bytes)
      if (this.#bytes < FULL_BYTES) this.#roomy?.()
      this.#write()
    })
    this.socket.uncork()
  }
}
