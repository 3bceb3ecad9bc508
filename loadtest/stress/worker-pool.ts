import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ROOT } from '../../server/local/root.ts'

const POLL_EVERY_MS = 50
/** A worker is killed if it has not exited this long after the stop command. */
const STOP_WITHIN_MS = 5_000

/** Worker processes that run the same program, each with its last statistics. */
export class WorkerPool<Command, Stats> {
  readonly workers: ChildProcess[] = []
  readonly #latest = new Map<ChildProcess, Stats>()
  #failed = false
  #stopping = false

  /**
   * `program` is a path below dist/: workers are compiled, because Node 20 cannot run TypeScript. Messages for which
   * `isStats` returns false go to `onMessage`.
   */
  constructor(
    private readonly options: {
      program: string
      processes: number
      isStats?(message: unknown): boolean
      onMessage?(worker: ChildProcess, message: unknown): void
    },
  ) {
    const { program, processes, isStats = () => true, onMessage } = options
    for (let i = 0; i < processes; i++) {
      const worker = fork(join(ROOT, 'dist', program), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      worker.on('message', (message: unknown) => {
        if (isStats(message)) this.#latest.set(worker, message as Stats)
        else onMessage?.(worker, message)
      })
      worker.once('exit', (code) => {
        if (code !== 0 && !this.#stopping) this.#failed = true
      })
      this.workers.push(worker)
    }
  }

  /** Empty until every worker has sent its first statistics. */
  get stats(): Stats[] {
    return this.#latest.size < this.workers.length ? [] : [...this.#latest.values()]
  }

  send(worker: ChildProcess, command: Command): void {
    if (worker.connected) worker.send(command as object)
  }

  broadcast(command: Command): void {
    for (const worker of this.workers) this.send(worker, command)
  }

  /** Throws if a worker exited with an error, which it has printed. */
  check(): void {
    if (this.#failed) throw new Error(`a worker process (${this.options.program}) failed; its output is above`)
  }

  /** Resolves with whether `condition` became true within `timeoutMs`. */
  async waitFor(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    for (const end = performance.now() + timeoutMs; ; await delay(POLL_EVERY_MS)) {
      this.check()
      if (condition()) return true
      if (performance.now() > end) return false
    }
  }

  /** Sends `command`, upon which a worker disconnects and exits. */
  async stop(command: Command): Promise<void> {
    this.#stopping = true
    await Promise.all(
      this.workers.map(async (worker) => {
        if (worker.exitCode !== null || worker.signalCode !== null) return
        const exited = new Promise((resolve) => worker.once('exit', resolve))
        this.send(worker, command)
        const timer = setTimeout(() => worker.kill('SIGKILL'), STOP_WITHIN_MS)
        await exited
        clearTimeout(timer)
      }),
    )
  }
}
