const PENALTY_MS = 30_000

/** Keys that exceeded a limit in the last 30 s; their new connections start with an empty burst. */
export class Penalties {
  readonly #until = new Map<string, number>()

  /** `now` in milliseconds, for tests. */
  constructor(private readonly now = () => performance.now()) {}

  add(key: string): void {
    const now = this.now()
    // Insertion order equals the order of expiry.
    this.#until.delete(key)
    this.#until.set(key, now + PENALTY_MS)
    for (const [oldest, until] of this.#until) {
      if (until > now) break
      this.#until.delete(oldest)
    }
  }

  has(key: string): boolean {
    return (this.#until.get(key) ?? 0) > this.now()
  }
}
