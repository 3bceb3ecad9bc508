/** Whoever presses no key for this long has stopped typing. */
const STOPPED_MS = 5_000

/** Says that we type, while a message is being written; a command is none. */
export class TypingDetector {
  readonly #say: (room: string, typing: boolean) => void
  #text = ''
  #timer: NodeJS.Timeout | undefined

  constructor(say: (room: string, typing: boolean) => void) {
    this.#say = say
  }

  /** The line as it is after a key. */
  typed(room: string, text: string): void {
    if (!room || text === this.#text) return
    this.#text = text
    clearTimeout(this.#timer)
    const writing = text.length > 0 && !/^\/(?!\/)/.test(text)
    this.#say(room, writing)
    if (writing) this.#timer = setTimeout(() => this.#say(room, false), STOPPED_MS).unref()
  }
}
