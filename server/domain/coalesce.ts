/** Coalesces calls of a task: one run at a time, and all calls during a run share the next run. */
export class Coalescer<T> {
  #next: Promise<T> | undefined
  #current: Promise<unknown> = Promise.resolve()

  constructor(private readonly task: () => Promise<T>) {}

  /** Resolves with the result of a run that starts after this call. */
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
