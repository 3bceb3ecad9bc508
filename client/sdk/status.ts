import type { Status } from '../../protocol/people.ts'
import type { Request } from './connection.ts'
import { retry } from './retry.ts'

/** The status that somebody chose. A node forgets it with the connection, so it is said again on each. */
export class StatusSender {
  readonly #call: Request
  #wish: Status = 'online'
  #connected = false
  #turn = 0

  constructor(request: Request) {
    this.#call = request
  }

  /** Resolves when a node has it, or at once without a connection: then the next one begins with it. */
  async set(wish: Status): Promise<void> {
    this.#wish = wish
    await this.#say()
  }

  /** A connection begins, where one is online until one says otherwise. */
  begin(): void {
    this.#connected = true
    if (this.#wish !== 'online') this.#say().catch(() => {})
  }

  lost(): void {
    this.#connected = false
    this.#turn++
  }

  async #say(): Promise<void> {
    const turn = ++this.#turn
    const status = this.#wish
    await retry(
      () => this.#call('status:set', { status }),
      () => this.#connected && turn === this.#turn,
    )
  }
}
