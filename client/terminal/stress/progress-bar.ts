const CELLS = 24
const PLAIN_INTERVAL_MS = 5_000

/** At a terminal, one line that is updated in place; elsewhere, a new line every few seconds. */
export class ProgressBar {
  #shownAt = 0

  constructor(private readonly out: NodeJS.WriteStream) {}

  /** `share` from 0 to 1. */
  show(phase: string, share: number, details: string): void {
    const now = performance.now()
    if (!this.out.isTTY && this.#shownAt > 0 && now - this.#shownAt < PLAIN_INTERVAL_MS) return
    this.#shownAt = now
    const full = Math.round(Math.min(1, Math.max(0, share)) * CELLS)
    const text = `${phase.padEnd(9)} [${'█'.repeat(full)}${'░'.repeat(CELLS - full)}] ${details}`
    this.out.write(this.out.isTTY ? `\r\x1b[K${text.slice(0, this.out.columns - 1)}` : `${text}\n`)
  }

  /** Clears the line. */
  end(): void {
    if (this.out.isTTY) this.out.write('\r\x1b[K')
    this.#shownAt = 0
  }
}
