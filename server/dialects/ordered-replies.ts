/** Longest time to wait for an echo: the log may have been lost. */
const ECHO_TIMEOUT_MS = 5_000

/**
 * Sends the replies to one client in the order of its requests. Echoes of its messages arrive through the log, after the
 * append has resolved; a reply waits for the echoes of all messages that were stored before it.
 */
export class OrderedReplies {
  #stored = 0
  #echoed = 0
  #pending: { after: number; frame: string }[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly send: (frame: string) => void) {}

  /** Counts a stored message. Its echo may have been sent already. */
  stored(): void {
    this.#stored++
  }

  /** Counts a sent echo. */
  echoed(): void {
    this.#echoed++
    this.#sendReady()
  }

  reply(frame: string): void {
    this.#pending.push({ after: this.#stored, frame })
    this.#sendReady()
    if (this.#pending.length > 0) this.#timer ??= setTimeout(() => this.#giveUpWaiting(), ECHO_TIMEOUT_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#pending = []
  }

  #sendReady(): void {
    while (this.#pending.length > 0 && this.#pending[0]!.after <= this.#echoed) this.send(this.#pending.shift()!.frame)
    if (this.#pending.length > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #giveUpWaiting(): void {
    this.#timer = undefined
    this.#echoed = this.#stored
    this.#sendReady()
  }
}
