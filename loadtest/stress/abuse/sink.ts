import type { Target } from '../../clients/transport.ts'
import { WorkerPool } from '../worker-pool.ts'

const LISTENS_WITHIN_MS = 10_000

/** The server for the control measurement, in a separate process. */
export class Sink {
  readonly #pool = new WorkerPool<{ command: 'exit' }, { port: number }>({
    program: 'loadtest/stress/abuse/sink-worker.js',
    processes: 1,
  })

  async target(): Promise<Target> {
    await this.#pool.waitFor(() => this.#pool.stats.length > 0, LISTENS_WITHIN_MS)
    const [listening] = this.#pool.stats
    if (!listening) throw new Error('the sink does not listen')
    return { host: '127.0.0.1', port: listening.port }
  }

  close(): Promise<void> {
    return this.#pool.stop({ command: 'exit' })
  }
}
