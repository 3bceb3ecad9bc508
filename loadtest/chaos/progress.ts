import type { Progress } from './stage.ts'

const PLAIN_EVERY_MS = 10_000

/** A single updating line on a terminal; elsewhere one line every 10 s. */
export class ProgressLine {
  #shownAt = 0

  constructor(
    private readonly forMs: number,
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {}

  show(now: Progress): void {
    if (!this.out.isTTY && Date.now() - this.#shownAt < PLAIN_EVERY_MS) return
    this.#shownAt = Date.now()
    const text = format(now, this.forMs)
    this.out.write(this.out.isTTY ? `\r\x1b[K${text.slice(0, this.out.columns - 1)}` : `${text}\n`)
  }

  /** Clears the line, so that the next output starts on its own line. */
  end(): void {
    if (this.out.isTTY) this.out.write('\r\x1b[K')
  }
}

function format({ elapsedMs, live, users, acknowledged, waiting, doing }: Progress, forMs: number): string {
  const acks = acknowledged.toLocaleString('en')
  return `${clock(elapsedMs)} of ${clock(forMs)} · ${live} of ${users} live · ${acks} acknowledged, ${waiting} pending · ${doing}`
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`
}
