/** An echo that has not come by then is waited for no longer: its log may have been lost. */
const ECHO_MOST_MS = 5_000

/**
 * Puts the answers to one client in the order of its requests. Echoes of its messages come through the log, later than the
 * append is answered; an answer waits for the echoes of all messages that were stored before it.
 */
export class OrderedReplies {
  #stored = 0
  #echoed = 0
  #waiting: { behind: number; frame: string }[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly send: (frame: string) => void) {}

  /** A message was stored, whose echo has come or is to come. */
  stored(): void {
    this.#stored++
  }

  /** An echo was sent. */
  echoed(): void {
    this.#echoed++
    this.#release()
  }

  answer(frame: string): void {
    this.#waiting.push({ behind: this.#stored, frame })
    this.#release()
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#catchUp(), ECHO_MOST_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#waiting = []
  }

  #release(): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.behind <= this.#echoed) this.send(this.#waiting.shift()!.frame)
    if (this.#waiting.length > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #catchUp(): void {
    this.#timer = undefined
    this.#echoed = this.#stored
    this.#release()
  }
}
