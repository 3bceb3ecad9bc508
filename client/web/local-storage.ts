/** A JSON value in `localStorage`. Reads give `fallback` when it is missing, invalid or disabled; failed writes are ignored. */
export function storedValue<T>(key: string, fallback: T): { read(): T; write(value: T): void } {
  return {
    read() {
      try {
        return (JSON.parse(localStorage.getItem(key) ?? 'null') as T | null) ?? fallback
      } catch {
        return fallback
      }
    },
    write(value) {
      try {
        localStorage.setItem(key, JSON.stringify(value))
      } catch {
        // Storage is full or disabled.
      }
    },
  }
}
