import { list } from './format.ts'

/** Debounce window: a user who leaves and rejoins within it is not reported. */
const DEBOUNCE_MS = 1_500

/** Collects joins and leaves, and reports them in one line. */
export class PresenceLines {
  readonly #joined = new Set<string>()
  readonly #left = new Set<string>()
  readonly #print: (line: string) => void
  #timer: NodeJS.Timeout | undefined

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  /** Takes the names of users. */
  add(joined: readonly string[], left: readonly string[]): void {
    for (const name of joined) if (!this.#left.delete(name)) this.#joined.add(name)
    for (const name of left) if (!this.#joined.delete(name)) this.#left.add(name)
    this.#timer ??= setTimeout(() => this.#flush(), DEBOUNCE_MS).unref()
  }

  /** Call this when the current room changes. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#joined.clear()
    this.#left.clear()
  }

  #flush(): void {
    const joined = this.#joined.size > 0 ? [`${list([...this.#joined])} joined`] : []
    const left = this.#left.size > 0 ? [`${list([...this.#left])} left`] : []
    this.clear()
    const both = [...joined, ...left]
    if (both.length > 0) this.#print(both.join(', '))
  }
}
