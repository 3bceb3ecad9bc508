/** Does a task in rounds, one at a time: whoever asks while a round is under way shares the next one with all the others. */
export class Coalescer<T> {
  #next: Promise<T> | undefined
  #current: Promise<unknown> = Promise.resolve()

  constructor(private readonly task: () => Promise<T>) {}

  /** Resolves with a round that begins after this call. */
  run(): Promise<T> {
    this.#next ??= this.#current.then(
      () => this.#begin(),
      () => this.#begin(),
    )
    return this.#next
  }

  #begin(): Promise<T> {
    this.#current = this.#next ?? Promise.resolve()
    this.#next = undefined
    return this.task()
  }
}
