import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ManagedProcess } from './managed-process.ts'
import { ROOT } from './root.ts'
import type { CleanupPlan } from './watchdog.ts'

/** A watchdog that ended sooner than that after its start, as from a broken build, is replaced after this pause only. */
const MIN_RESPAWN_INTERVAL_MS = 5_000
const WATCHDOG = join(ROOT, 'dist', 'server', 'local', 'watchdog.js')

/** Keeps a watchdog told of what would be left if this process were killed. */
export class Cleanup {
  readonly #folders: string[] = []
  #watchdog: ChildProcess | undefined
  #pause: NodeJS.Timeout | undefined
  #closed = false

  constructor(
    private readonly steps: () => { parts: ManagedProcess[]; graceMs: number }[],
    private readonly watchdogFile = WATCHDOG,
  ) {}

  /** A folder that goes when the cluster ends. */
  folder(path: string): string {
    this.#folders.push(path)
    this.update()
    return path
  }

  update(): void {
    if (this.#closed || this.#pause) return
    this.#watchdog ??= this.#spawn()
    this.#tell({
      steps: this.steps().map(({ parts, graceMs }) => ({
        groups: parts.map((managedProcess) => managedProcess.pid).filter((pid) => pid !== undefined),
        graceMs,
      })),
      folders: this.#folders,
    })
  }

  /** When all parts are gone: removes the folders and lets the watchdog go. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#pause)
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
    const watchdog = this.#watchdog
    if (!watchdog) return
    const gone = new Promise((resolve) => watchdog.once('exit', resolve))
    this.#tell({ steps: [], folders: [] })
    watchdog.stdin?.end()
    if (watchdog.exitCode === null && watchdog.signalCode === null) await gone
  }

  #tell(remains: CleanupPlan): void {
    this.#watchdog?.stdin?.write(`${JSON.stringify(remains)}\n`)
  }

  #spawn(): ChildProcess {
    const begun = Date.now()
    const watchdog = spawn(process.execPath, [this.watchdogFile], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // One that was killed itself is replaced, and told all.
    watchdog.stdin?.on('error', () => {})
    watchdog.once('exit', () => {
      this.#watchdog = undefined
      if (Date.now() - begun >= MIN_RESPAWN_INTERVAL_MS) return this.update()
      this.#pause = setTimeout(() => {
        this.#pause = undefined
        this.update()
      }, MIN_RESPAWN_INTERVAL_MS)
      this.#pause.unref()
    })
    return watchdog
  }
}
