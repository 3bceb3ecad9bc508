import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ManagedProcess } from './managed-process.ts'
import { ROOT } from './root.ts'
import type { CleanupPlan } from './watchdog.ts'

/** Minimum time between two starts of the watchdog, so that one that fails at once (broken build) is not restarted in a loop. */
const MIN_RESPAWN_INTERVAL_MS = 5_000
const WATCHDOG = join(ROOT, 'dist', 'server', 'local', 'watchdog.js')

/** Keeps the watchdog process informed of the processes and folders to clean up if this process is killed. */
export class Cleanup {
  readonly #folders: string[] = []
  #watchdog: ChildProcess | undefined
  #respawnTimer: NodeJS.Timeout | undefined
  #closed = false

  constructor(
    private readonly steps: () => { processes: ManagedProcess[]; graceMs: number }[],
    private readonly watchdogFile = WATCHDOG,
  ) {}

  /** Registers a folder for removal when the cluster ends; returns its path. */
  folder(path: string): string {
    this.#folders.push(path)
    this.update()
    return path
  }

  /** Sends the current processes and folders to the watchdog; starts it if necessary. */
  update(): void {
    if (this.#closed || this.#respawnTimer) return
    this.#watchdog ??= this.#spawn()
    this.#send({
      steps: this.steps().map(({ processes, graceMs }) => ({
        groups: processes.map((managedProcess) => managedProcess.pid).filter((pid) => pid !== undefined),
        graceMs,
      })),
      folders: this.#folders,
    })
  }

  /** Removes the folders and ends the watchdog. Call it when all processes have ended. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#respawnTimer)
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
    const watchdog = this.#watchdog
    if (!watchdog) return
    const exited = new Promise((resolve) => watchdog.once('exit', resolve))
    this.#send({ steps: [], folders: [] })
    watchdog.stdin?.end()
    if (watchdog.exitCode === null && watchdog.signalCode === null) await exited
  }

  #send(plan: CleanupPlan): void {
    this.#watchdog?.stdin?.write(`${JSON.stringify(plan)}\n`)
  }

  #spawn(): ChildProcess {
    const startedAt = Date.now()
    const watchdog = spawn(process.execPath, [this.watchdogFile], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // If the watchdog is killed, a new one is started and receives the current state.
    watchdog.stdin?.on('error', () => {})
    watchdog.once('exit', () => {
      this.#watchdog = undefined
      if (Date.now() - startedAt >= MIN_RESPAWN_INTERVAL_MS) return this.update()
      this.#respawnTimer = setTimeout(() => {
        this.#respawnTimer = undefined
        this.update()
      }, MIN_RESPAWN_INTERVAL_MS)
      this.#respawnTimer.unref()
    })
    return watchdog
  }
}
