const CELLS = 24
const PLAIN_EVERY_MS = 5_000

/** One line that is written over and over at a terminal; elsewhere a line now and then. */
export class ProgressBar {
  #saidAt = 0

  constructor(private readonly out: NodeJS.WriteStream) {}

  /** `share` from 0 to 1. */
  show(what: string, share: number, words: string): void {
    const now = performance.now()
    if (!this.out.isTTY && this.#saidAt > 0 && now - this.#saidAt < PLAIN_EVERY_MS) return
    this.#saidAt = now
    const full = Math.round(Math.min(1, Math.max(0, share)) * CELLS)
    const text = `${what.padEnd(9)} [${'█'.repeat(full)}${'░'.repeat(CELLS - full)}] ${words}`
    this.out.write(this.out.isTTY ? `\r\x1b[K${text.slice(0, this.out.columns - 1)}` : `${text}\n`)
  }

  /** What comes next has a line of its own. */
  end(): void {
    if (this.out.isTTY) this.out.write('\r\x1b[K')
    this.#saidAt = 0
  }
}
