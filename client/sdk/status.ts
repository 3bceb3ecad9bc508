import type { Status } from '../../protocol/people.ts'
import type { Request } from './connection.ts'
import { retry } from './retry.ts'

/** Sets the user's status. A node keeps it per connection, so it is sent again on every new one. */
export class StatusSender {
  readonly #call: Request
  #status: Status = 'online'
  #connected = false
  #generation = 0

  constructor(request: Request) {
    this.#call = request
  }

  /**
   * Resolves when a node has applied it. Without a connection, resolves at once; the status is sent on the next one.
   */
  async set(status: Status): Promise<void> {
    this.#status = status
    await this.#send()
  }

  /** Every connection starts with the status `online`, which therefore need not be sent. */
  onConnected(): void {
    this.#connected = true
    if (this.#status !== 'online') this.#send().catch(() => {})
  }

  onDisconnected(): void {
    this.#connected = false
    this.#generation++
  }

  async #send(): Promise<void> {
    const generation = ++this.#generation
    const status = this.#status
    await retry(
      () => this.#call('status:set', { status }),
      () => this.#connected && generation === this.#generation,
    )
  }
}
