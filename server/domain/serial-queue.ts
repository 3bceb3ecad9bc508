const done = Promise.resolve()

/** Runs tasks one after another (a mutex), in the order of the calls. */
export class SerialQueue {
  #last: Promise<unknown> = done

  run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task)
    this.#last = turn.catch(() => {})
    return turn
  }
}
