import { TITLES } from '../systems/systems.ts'
import type { Run } from './run.ts'
import type { Planned } from './schedule.ts'

/** Progress of the bench: an updating line on a terminal, and one line per completed run. */
export class Progress {
  #done = 0
  readonly #began = performance.now()

  constructor(
    private readonly runs: number,
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {}

  step(planned: Planned, what: string): void {
    if (this.out.isTTY) this.out.write(`\r\x1b[K${this.#place(planned)} ${what} …`.slice(0, this.out.columns))
  }

  done(planned: Planned, run: Run): void {
    const context = this.#place(planned)
    this.#done++
    this.out.write(`${this.out.isTTY ? '\r\x1b[K' : ''}${context} ${words(run)}\n`)
  }

  #place({ setting: { workload, nodes, transport }, contestant, repetition }: Planned): string {
    const minutes = ((performance.now() - this.#began) / 60_000).toFixed(1)
    const where = `${workload}, ${nodes} node${nodes > 1 ? 's' : ''}, ${transport}, no. ${repetition}`
    return `${this.#done + 1} of ${this.runs}, ${minutes} min · ${where} · ${TITLES[contestant]}:`
  }
}

function words({ complete, why, steady, most, memory }: Run): string {
  if (!complete) return `does not count: ${why}`
  if (most) return `${Math.round(most.deliveriesPerSecond).toLocaleString('en')} deliveries/s`
  if (memory) return `${(memory.rssBytes / 1e3).toFixed(1)} kB RSS, ${(memory.heapBytes / 1e3).toFixed(1)} kB heap`
  if (!steady) return ''
  const used = steady.cpu.nodes.reduce((sum, seconds) => sum + seconds, 0)
  return `${((used / steady.deliveries) * 1e6).toFixed(2)} µs a delivery, p99 ${steady.p99.toFixed(1)} ms`
}
