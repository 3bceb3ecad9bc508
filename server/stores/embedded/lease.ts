import { unavailable } from '../../domain/fault-error.ts'

/** One incarnation of a node. State that refers to the lease ends with it; it cannot expire while the process lives. */
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

  /** Throws `unavailable` if the node's store is not open. */
  requireHeld(): void {
    if (!this.#held) throw unavailable('This node has closed its store.')
  }
}
