import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How a part is started. */
export interface ProcessOptions {
  name: string
  port: number
  command: string
  args: string[]
  cwd: string
  env: Record<string, string | undefined>
  /** Whether it is started again when it ends by itself. */
  restart: boolean
  /** How long it may take to end after SIGTERM. */
  graceMs: number
}

export interface ProcessListener {
  /** A line that the part said, or, `ours`, one about it. */
  line(part: string, text: string, ours: boolean): void
  /** Its process has started or ended. */
  changed(): void
}

/** A part that dies sooner than this after its start is started again after a while only, each time a longer one. */
const STABLE_MS = 5_000
const MIN_RESTART_DELAY_MS = 250
const MAX_RESTART_DELAY_MS = 10_000

/**
 * One process of the cluster, in a process group of its own: a signal to the launcher's group does not reach it, and
 * whatever it started itself goes with it.
 */
export class ManagedProcess {
  #child: ChildProcess | undefined
  #stopping = false
  #pauseMs = 0
  #pause: NodeJS.Timeout | undefined
  #starts = 0

  constructor(
    private readonly plan: ProcessOptions,
    private readonly listener: ProcessListener,
  ) {}

  get name(): string {
    return this.plan.name
  }

  get port(): number {
    return this.plan.port
  }

  /** The process, which is also its group; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts
  }

  start(): void {
    const { command, args, cwd, env } = this.plan
    const begun = Date.now()
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#starts += 1
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => this.listener.line(this.name, text, false))
    }
    child.once('error', (error) => this.#ended(`did not start: ${error.message}`, begun))
    child.once('exit', (code, signal) => this.#ended(signal ? `was ended by ${signal}` : `ended with ${code}`, begun))
    this.listener.changed()
  }

  /** To the whole group what no process can catch; everything else to the process itself. */
  kill(signal: NodeJS.Signals): void {
    const pid = this.pid
    if (pid === undefined) return
    const whole = signal === 'SIGKILL' || signal === 'SIGSTOP' || signal === 'SIGCONT'
    signalTo(whole ? -pid : pid, signal)
  }

  /** Ends it for good: by SIGTERM, and when that takes too long, or `now`, by SIGKILL. Resolves when it is gone. */
  async stop({ now = false } = {}): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#pause)
    const child = this.#child
    if (child?.pid === undefined) return
    const gone = new Promise((resolve) => child.once('close', resolve))
    if (now) return this.#finish(gone)
    // A stopped process takes a SIGTERM only when it goes on.
    this.kill('SIGCONT')
    this.kill('SIGTERM')
    const late = setTimeout(() => {
      this.listener.line(this.name, `did not end within ${this.plan.graceMs / 1000} s: killed`, true)
      this.kill('SIGKILL')
    }, this.plan.graceMs)
    await gone
    clearTimeout(late)
  }

  async #finish(gone: Promise<unknown>): Promise<void> {
    this.kill('SIGKILL')
    await gone
  }

  #ended(how: string, begun: number): void {
    const pid = this.pid
    this.#child = undefined
    // Workers of an nginx whose master died would keep the port.
    if (pid !== undefined) signalTo(-pid, 'SIGKILL')
    this.listener.changed()
    if (this.#stopping) return
    if (!this.plan.restart) {
      this.listener.line(this.name, `${how}; it is not started again`, true)
      return
    }
    const settled = Date.now() - begun >= STABLE_MS
    this.#pauseMs = settled ? 0 : Math.min(this.#pauseMs * 2 || MIN_RESTART_DELAY_MS, MAX_RESTART_DELAY_MS)
    const when = this.#pauseMs === 0 ? 'now' : `in ${this.#pauseMs / 1000} s`
    this.listener.line(this.name, `${how}; it is started again ${when}`, true)
    this.#pause = setTimeout(() => this.start(), this.#pauseMs)
  }
}

/** A process, or with a minus a group, that is no longer there is none to complain about. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
