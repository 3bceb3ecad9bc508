/** Measures the duration of event-loop iterations while work is noted. */
export class EventLoopTurn {
  #began = 0
  #lastMs = 0
  #watching = false
  #work = 0

  /** Notes a piece of work in this turn. */
  note(): void {
    if (!this.#watching) {
      this.#watching = true
      this.#began = performance.now()
      setImmediate(() => this.#end())
    }
    this.#work++
  }

  /**
   * The maximum time in milliseconds that data read from a socket now has waited: the time since the previous iteration
   * read from sockets. 0 if no work was noted in the last iteration or this one.
   */
  get lagMs(): number {
    return this.#watching ? performance.now() - this.#began + this.#lastMs : 0
  }

  /** Called when a turn has read from its sockets. */
  #end(): void {
    const now = performance.now()
    this.#watching = this.#work > 0
    this.#lastMs = this.#watching ? now - this.#began : 0
    this.#began = now
    this.#work = 0
    if (this.#watching) setImmediate(() => this.#end())
  }
}
