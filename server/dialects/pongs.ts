import type { WebSocket } from 'ws'

/**
 * Answers pings, one pong at a time. Of the pings that arrive before the kernel has taken the pong, only the latest is
 * answered (RFC 6455, section 5.5.3), so that unread pongs do not pile up.
 */
export class Pongs {
  #writing = false
  #latest: Buffer | undefined

  constructor(private readonly ws: WebSocket) {}

  answer(data: Buffer): void {
    this.#latest = data
    if (!this.#writing) this.#write()
  }

  #write(): void {
    const data = this.#latest
    this.#latest = undefined
    this.#writing = data !== undefined
    if (data !== undefined) this.ws.pong(data, false, () => this.#write())
  }
}
