import type { ChatSession } from './chat-session.ts'
import { runLine } from './commands/all.ts'
import { visible } from './visible.ts'

/** Runs entered lines in order, so that a message after a `/join` goes to the joined room. */
export class InputQueue {
  readonly #session: ChatSession
  readonly #lines: string[] = []
  #busy = false

  constructor(session: ChatSession) {
    this.#session = session
  }

  /** The lines that were not run yet. */
  get waiting(): string[] {
    return this.#lines.map(visible)
  }

  push(line: string): void {
    // A join may wait for a connection; /exit must not.
    if (/^\/exit\s*$/.test(line)) this.#session.end()
    else this.#lines.push(line)
    if (!this.#busy) void this.#next()
  }

  async #next(): Promise<void> {
    this.#busy = true
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift())
      await runLine(this.#session, line)
    this.#busy = false
  }
}
