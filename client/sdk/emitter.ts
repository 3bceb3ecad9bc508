type Listener<Payload> = (payload: Payload) => void

/** A typed emitter: event names and payloads are those of `Events`. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()

  /** Returns the function that takes the listener off again. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /** The next event of that name that `wanted` accepts. */
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
        // One listener's mistake must not cost the others the event; it surfaces as an uncaught error of its own.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
