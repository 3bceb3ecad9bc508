/** A value that this browser keeps from one visit to the next; lost without harm where nothing can be kept. */
export function storedSignal<T>(key: string, otherwise: T): { read(): T; write(value: T): void } {
  return {
    read() {
      try {
        return (JSON.parse(localStorage.getItem(key) ?? 'null') as T | null) ?? otherwise
      } catch {
        return otherwise
      }
    },
    write(value) {
      try {
        localStorage.setItem(key, JSON.stringify(value))
      } catch {
        // A full or forbidden storage.
      }
    },
  }
}
