import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** A client with this much unread data is only read slowly, see READ_INTERVAL_MS. */
const FULL_BYTES = 64 * 1024
/** A client with more unread data is disconnected. */
export const SEND_BUFFER_MAX_BYTES = 1024 * 1024
const BATCH_BYTES = 64 * 1024
/**
 * Some clients read one frame for each message that they send, although they receive many more. If a client with a full
 * buffer were not read at all, both sides would wait forever. Therefore one of its messages is read per interval.
 */
const READ_INTERVAL_MS = 500

/**
 * Send buffer of one client. It is written in batches, each after the kernel has taken the previous one, so that a close
 * frame has at most one batch ahead of it.
 */
export class SendBuffer {
  #queue: Buffer[] = []
  #bytes = 0
  #writing = false
  #mayWait = true
  #onWritable: (() => void) | undefined

  constructor(
    private readonly ws: WebSocket,
    private readonly socket: Duplex,
  ) {}

  /** Queues a frame. Returns false without queuing it if the buffer would exceed SEND_BUFFER_MAX_BYTES. */
  add(frame: Buffer): boolean {
    if (this.#bytes + frame.length > SEND_BUFFER_MAX_BYTES) return false
    this.#queue.push(frame)
    this.#bytes += frame.length
    if (this.#writing) return true
    this.#writing = true
    // Frames of the same tick are written together.
    queueMicrotask(() => this.#write())
    return true
  }

  /** Resolves when there is little unread data, or after READ_INTERVAL_MS. */
  async writable(): Promise<void> {
    if (this.#bytes < FULL_BYTES || !this.#mayWait) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, READ_INTERVAL_MS)
      this.#onWritable = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#onWritable = undefined
  }

  /** Makes `writable` resolve immediately from now on. */
  stopWaiting(): void {
    this.#mayWait = false
    this.#onWritable?.()
  }

  /** Discards the frames that are not written. */
  drop(): void {
    this.#queue = []
    this.#bytes = 0
    this.#onWritable?.()
  }

  #write(): void {
    let [count, bytes] = [0, 0]
    while (count < this.#queue.length && bytes < BATCH_BYTES) bytes += this.#queue[count++]!.length
    const batch = this.#queue.splice(0, count)
    const last = batch.pop()
    if (!last) {
      this.#writing = false
      return
    }
    this.socket.cork()
    for (const frame of batch) this.ws.send(frame, { binary: false })
    this.ws.send(last, { binary: false }, (error) => {
      // The connection is closed.
      if (error) return this.drop()
      this.#bytes = Math.max(0, this.#bytes - bytes)
      if (this.#bytes < FULL_BYTES) this.#onWritable?.()
      this.#write()
    })
    this.socket.uncork()
  }
}
