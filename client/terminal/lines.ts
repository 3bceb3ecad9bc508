import { obey } from './commands/all.ts'
import type { Talk } from './talk.ts'
import { visible } from './visible.ts'

/** What was typed, carried out in order: a message behind a `/join` is meant for the room that it leads to. */
export class Lines {
  readonly #talk: Talk
  readonly #lines: string[] = []
  #busy = false

  constructor(talk: Talk) {
    this.#talk = talk
  }

  /** What no turn came to yet. */
  get waiting(): string[] {
    return this.#lines.map(visible)
  }

  obey(line: string): void {
    // A join may wait for a connection; leaving must not.
    if (/^\/exit\s*$/.test(line)) this.#talk.end()
    else this.#lines.push(line)
    if (!this.#busy) void this.#next()
  }

  async #next(): Promise<void> {
    this.#busy = true
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) await obey(this.#talk, line)
    this.#busy = false
  }
}
