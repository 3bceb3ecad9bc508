import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../../server/local/root.ts'
import type { FromWorker, PoolCommand, RunStats, ToWorker, UserPlan } from './messages.ts'

const PROGRAM = join(ROOT, 'dist', 'loadtest', 'chaos', 'worker.js')

/** A worker process with some of the clients, as the main program sees it. */
export class ClientProcess {
  readonly whos: string[]
  figures: RunStats | undefined
  readonly #child: ChildProcess
  readonly #pending = new Map<number, { resolve(): void; reject(error: Error): void }>()
  #lastId = 0

  constructor(users: UserPlan[]) {
    this.whos = users.map(({ who }) => who)
    this.#child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.on('message', (message: FromWorker) => this.#receive(message))
    this.#child.once('exit', (code, signal) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`A worker process exited (${signal ?? code}).`))
      this.#pending.clear()
    })
    this.#child.on('error', () => {})
  }

  /** Resolves when the worker has completed the command. */
  request(poolCommand: PoolCommand): Promise<void> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) return reject(new Error('A worker process has exited.'))
      this.#pending.set(id, { resolve, reject })
      this.#child.send({ id, ...poolCommand } satisfies ToWorker)
    })
  }

  /** Resolves when the worker has written its history and exited. */
  async end(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    this.request({ type: 'end' }).catch(() => {})
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await gone
    clearTimeout(late)
  }

  #receive(message: FromWorker): void {
    if ('figures' in message) {
      this.figures = message.figures
      return
    }
    const requested = this.#pending.get(message.done)
    this.#pending.delete(message.done)
    if (message.failed === undefined) requested?.resolve()
    else requested?.reject(new Error(message.failed))
  }
}
