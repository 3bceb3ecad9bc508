import type { Sum } from './pool.ts'

const PLAIN_EVERY_MS = 5_000

/** A single updating line on a terminal; elsewhere one line every 5 s. */
export class ProgressLine {
  #shownAt = 0
  readonly #began = Date.now()

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  show(doing: string, sum?: Sum): void {
    if (!this.out.isTTY && Date.now() - this.#shownAt < PLAIN_EVERY_MS) return
    this.#shownAt = Date.now()
    const text = `${Math.round((Date.now() - this.#began) / 1_000)} s · ${doing}${sum ? words(sum) : ''}`
    this.out.write(this.out.isTTY ? `\r\x1b[K${text.slice(0, this.out.columns - 1)}` : `${text}\n`)
  }

  /** Clears the line, so that the next output starts on its own line. */
  end(): void {
    if (this.out.isTTY) this.out.write('\r\x1b[K')
  }
}

function words({ live, sent, heldBack, received }: Sum): string {
  const [one, two, three] = [sent, heldBack, received].map((many) => many.toLocaleString('en'))
  return ` · ${live} live · ${one} sent, ${two} held back, ${three} received`
}
