type Listener<Payload> = (payload: Payload) => void

/** A typed emitter: event names and payloads are those of `Events`. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()

  /** Returns a function that removes the listener. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /** Resolves with the payload of the next event for which `wanted` returns true. */
  next<E extends keyof Events>(event: E, wanted: (payload: Events[E]) => boolean = () => true): Promise<Events[E]> {
    return new Promise((resolve) => {
      const off = this.on(event, (payload) => {
        if (!wanted(payload)) return
        off()
        resolve(payload)
      })
    })
  }

  protected emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])] as Listener<Events[E]>[]) {
      try {
        listener(payload)
      } catch (error) {
        // An exception in one listener must not keep the event from the others: rethrow it as an uncaught error.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
