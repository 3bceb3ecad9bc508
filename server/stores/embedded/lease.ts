import { unavailable } from '../../domain/fault-error.ts'

/** One incarnation of a node. What is said by a lease ends with it; it cannot lapse while the process lives. */
export class Lease {
  #held = false

  get held(): boolean {
    return this.#held
  }

  acquire(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
  }

  /** Nothing is said for a node that is not open. */
  requireHeld(): void {
    if (!this.#held) throw unavailable('This node has closed its store.')
  }
}
