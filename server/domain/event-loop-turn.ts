/** Watches how long the turns of the event loop take, while there is work that asks for it. */
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
   * What is read from a socket now has waited there for up to so many milliseconds: it came since the last turn read
   * from sockets. 0 when there was no work in the last turn nor in this one.
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
