/** A received frame. Messages have `text`; control frames have none. `ping` is the payload that the pong repeats. */
export interface Frame {
  text?: string
  ping?: Buffer
}

/** Past either limit the connection is not read. */
const READ_AHEAD_FRAMES = 1_000
const READ_AHEAD_BYTES = 32 * 1024

/**
 * Queue of the received frames of one connection. Reading ahead lets the node see a close frame soon after it was sent.
 * The limits may be exceeded by one read of the socket, 64 KiB.
 */
export class Inbox {
  #frames: Frame[] = []
  #bytes = 0

  get length(): number {
    return this.#frames.length
  }

  get full(): boolean {
    return this.#frames.length >= READ_AHEAD_FRAMES || this.#bytes >= READ_AHEAD_BYTES
  }

  push(frame: Frame): void {
    this.#frames.push(frame)
    this.#bytes += frame.text?.length ?? 0
  }

  shift(): Frame | undefined {
    const frame = this.#frames.shift()
    this.#bytes -= frame?.text?.length ?? 0
    return frame
  }

  /** Keeps the oldest `length` frames. Returns how many messages were discarded. */
  truncate(length: number): number {
    const discarded = this.#frames.splice(Math.max(0, length))
    for (const { text } of discarded) this.#bytes -= text?.length ?? 0
    return discarded.filter(({ text }) => text !== undefined).length
  }
}
