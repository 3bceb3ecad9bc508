import { runLine } from './commands/all.ts'
import type { ChatSession } from './talk.ts'
import { visible } from './visible.ts'

/** What was typed, carried out in order: a message behind a `/join` is meant for the room that it leads to. */
export class InputQueue {
  readonly #talk: ChatSession
  readonly #lines: string[] = []
  #busy = false

  constructor(talk: ChatSession) {
    this.#talk = talk
  }

  /** What no turn came to yet. */
  get waiting(): string[] {
    return this.#lines.map(visible)
  }

  push(line: string): void {
    // A join may wait for a connection; leaving must not.
    if (/^\/exit\s*$/.test(line)) this.#talk.end()
    else this.#lines.push(line)
    if (!this.#busy) void this.#next()
  }

  async #next(): Promise<void> {
    this.#busy = true
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) await runLine(this.#talk, line)
    this.#busy = false
  }
}
