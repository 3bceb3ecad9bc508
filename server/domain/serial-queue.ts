const done = Promise.resolve()

/** Does tasks one after another, in the order in which they were asked for. */
export class SerialQueue {
  #last: Promise<unknown> = done

  run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task)
    this.#last = turn.catch(() => {})
    return turn
  }
}
