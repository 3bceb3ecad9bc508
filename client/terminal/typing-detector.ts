/** Without a key for this long, the user has stopped typing. */
const IDLE_MS = 5_000

/** Reports whether the user is typing a message; a command does not count. */
export class TypingDetector {
  readonly #report: (room: string, typing: boolean) => void
  #text = ''
  #timer: NodeJS.Timeout | undefined

  constructor(report: (room: string, typing: boolean) => void) {
    this.#report = report
  }

  /** Call this with the input line after every key. */
  typed(room: string, text: string): void {
    if (!room || text === this.#text) return
    this.#text = text
    clearTimeout(this.#timer)
    const writing = text.length > 0 && !/^\/(?!\/)/.test(text)
    this.#report(room, writing)
    if (writing) this.#timer = setTimeout(() => this.#report(room, false), IDLE_MS).unref()
  }
}
