import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../../server/local/root.ts'
import type { Figures, FromCrowd, PoolCommand, ToCrowd, UserPlan, UsersPlan } from './messages.ts'

const PROGRAM = join(ROOT, 'dist', 'loadtest', 'chaos', 'worker.js')

/** A worker process with some of the clients, as the main program sees it. */
export class ClientProcess {
  readonly whos: string[]
  figures: Figures | undefined
  readonly #child: ChildProcess
  readonly #asked = new Map<number, { resolve(): void; reject(error: Error): void }>()
  #orders = 0

  constructor(people: UserPlan[]) {
    this.whos = people.map(({ who }) => who)
    this.#child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.on('message', (word: FromCrowd) => this.#hear(word))
    this.#child.once('exit', (code, signal) => {
      for (const { reject } of this.#asked.values()) reject(new Error(`A crowd process ended (${signal ?? code}).`))
      this.#asked.clear()
    })
    this.#child.on('error', () => {})
  }

  static async arrives(usersPlan: UsersPlan): Promise<ClientProcess> {
    const process = new ClientProcess(usersPlan.people)
    await process.tell({ order: 'arrive', crowd: usersPlan })
    return process
  }

  /** Resolves when the worker has completed the command. */
  tell(poolCommand: PoolCommand): Promise<void> {
    const id = ++this.#orders
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) return reject(new Error('A crowd process is gone.'))
      this.#asked.set(id, { resolve, reject })
      this.#child.send({ id, ...poolCommand } satisfies ToCrowd)
    })
  }

  /** Resolves when the worker has written its history and exited. */
  async end(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    this.tell({ order: 'end' }).catch(() => {})
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await gone
    clearTimeout(late)
  }

  #hear(word: FromCrowd): void {
    if ('figures' in word) {
      this.figures = word.figures
      return
    }
    const asked = this.#asked.get(word.done)
    this.#asked.delete(word.done)
    if (word.failed === undefined) asked?.resolve()
    else asked?.reject(new Error(word.failed))
  }
}
