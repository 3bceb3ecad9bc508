import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How to start and stop a process. */
export interface ProcessOptions {
  name: string
  port: number
  command: string
  args: string[]
  cwd: string
  env: Record<string, string | undefined>
  /** Whether to restart it when it ends unexpectedly. */
  restart: boolean
  /** Time from SIGTERM to SIGKILL. */
  graceMs: number
}

export interface ProcessListener {
  /** Called with an output line of the process, or, if `isNotice`, with a notice about it. */
  line(name: string, text: string, isNotice: boolean): void
  /** Called when the process has started or ended. */
  changed(): void
}

/** A process that ends sooner than this after its start is restarted with exponential backoff. */
const STABLE_MS = 5_000
const MIN_RESTART_DELAY_MS = 250
const MAX_RESTART_DELAY_MS = 10_000

/**
 * One process of the cluster. It leads its own process group, so that a signal to the launcher's group does not reach it,
 * and killing the group includes its child processes.
 */
export class ManagedProcess {
  #child: ChildProcess | undefined
  #stopping = false
  #restartDelayMs = 0
  #restartTimer: NodeJS.Timeout | undefined
  #starts = 0

  constructor(
    private readonly options: ProcessOptions,
    private readonly listener: ProcessListener,
  ) {}

  get name(): string {
    return this.options.name
  }

  get port(): number {
    return this.options.port
  }

  /** Id of the process and of its group; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Number of starts so far. */
  get starts(): number {
    return this.#starts
  }

  start(): void {
    const { command, args, cwd, env } = this.options
    const startedAt = Date.now()
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#starts += 1
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => this.listener.line(this.name, text, false))
    }
    child.once('error', (error) => this.#onEnd(`failed to start: ${error.message}`, startedAt))
    child.once('exit', (code, signal) =>
      this.#onEnd(signal ? `was killed by ${signal}` : `exited with code ${code}`, startedAt),
    )
    this.listener.changed()
  }

  /** Sends a signal that cannot be caught to the whole group, and any other to the process alone. */
  kill(signal: NodeJS.Signals): void {
    const pid = this.pid
    if (pid === undefined) return
    const toGroup = signal === 'SIGKILL' || signal === 'SIGSTOP' || signal === 'SIGCONT'
    signalTo(toGroup ? -pid : pid, signal)
  }

  /** Stops the process without a restart: SIGTERM, then SIGKILL after `graceMs`; with `now`, SIGKILL at once. Resolves when it has exited. */
  async stop({ now = false } = {}): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restartTimer)
    const child = this.#child
    if (child?.pid === undefined) return
    const closed = new Promise((resolve) => child.once('close', resolve))
    if (now) return this.#killNow(closed)
    // A process stopped by SIGSTOP handles SIGTERM only after SIGCONT.
    this.kill('SIGCONT')
    this.kill('SIGTERM')
    const killTimer = setTimeout(() => {
      this.listener.line(this.name, `did not exit within ${this.options.graceMs / 1000} s; killed`, true)
      this.kill('SIGKILL')
    }, this.options.graceMs)
    await closed
    clearTimeout(killTimer)
  }

  async #killNow(closed: Promise<unknown>): Promise<void> {
    this.kill('SIGKILL')
    await closed
  }

  #onEnd(reason: string, startedAt: number): void {
    const pid = this.pid
    this.#child = undefined
    // The remaining workers of a crashed nginx master would keep the port.
    if (pid !== undefined) signalTo(-pid, 'SIGKILL')
    this.listener.changed()
    if (this.#stopping) return
    if (!this.options.restart) {
      this.listener.line(this.name, `${reason}; not restarted`, true)
      return
    }
    const wasStable = Date.now() - startedAt >= STABLE_MS
    this.#restartDelayMs = wasStable
      ? 0
      : Math.min(this.#restartDelayMs * 2 || MIN_RESTART_DELAY_MS, MAX_RESTART_DELAY_MS)
    const when = this.#restartDelayMs === 0 ? 'now' : `in ${this.#restartDelayMs / 1000} s`
    this.listener.line(this.name, `${reason}; restarting ${when}`, true)
    this.#restartTimer = setTimeout(() => this.start(), this.#restartDelayMs)
  }
}

/** Sends a signal to a process, or, with a negative id, to a process group. Ignores ids that no longer exist. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
