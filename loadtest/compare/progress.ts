import { keyOf } from './cells.ts'
import type { Run } from './results.ts'
import type { Planned } from './schedule.ts'

/** Progress of the comparison: an updating line on a terminal, and one line per completed run. */
export class Progress {
  #done = 0
  readonly #began = performance.now()

  constructor(
    private readonly runs: number,
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {}

  begin(planned: Planned): void {
    if (this.out.isTTY) this.out.write(`\r\x1b[K${this.#place(planned)} …`.slice(0, this.out.columns))
  }

  done(planned: Planned, run: Run): void {
    const context = this.#place(planned)
    this.#done++
    this.out.write(`${this.out.isTTY ? '\r\x1b[K' : ''}${context}: ${words(run)}\n`)
  }

  #place({ cell, repetition }: Planned): string {
    const minutes = (performance.now() - this.#began) / 60_000
    const left = this.#done > 0 ? `, ${Math.ceil((minutes / this.#done) * (this.runs - this.#done))} min left` : ''
    return `${this.#done + 1} of ${this.runs}${left} · ${keyOf(cell)}, no. ${repetition}`
  }
}

function words({ complete, why, figures }: Run): string {
  const behind = complete ? '' : `does not count (${why}); `
  const { p50, p99, firstMs, rssBytes } = figures
  if (p50 !== undefined && p99 !== undefined) return `${behind}p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
  if (firstMs !== undefined) return `${behind}first message after ${firstMs.toFixed(1)} ms`
  return rssBytes === undefined ? behind : `${behind}${(rssBytes / 1e3).toFixed(1)} kB a connection`
}
