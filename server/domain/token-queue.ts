/** Tokens are handed out in batches at least this far apart, so that a fast rate does not cost a timer for each. */
const BATCH_MS = 5

interface Waiter {
  resolve(): void
  reject(reason: unknown): void
  signal: AbortSignal
  aborted: () => void
}

/** Waiters for the tokens of one bucket, first come, first served: with one waiter per connection that is round robin. */
export class TokenQueue {
  readonly #waiters = new Set<Waiter>()
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly bucket: { take(): number; onEmpty(): void }) {}

  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const aborted = () => {
        this.#waiters.delete(waiter)
        reject(signal.reason)
      }
      const waiter = { resolve, reject, signal, aborted }
      signal.addEventListener('abort', aborted, { once: true })
      this.#waiters.add(waiter)
      this.#timer ??= setTimeout(() => this.#serve(), BATCH_MS)
    })
  }

  #serve(): void {
    this.#timer = undefined
    for (const waiter of this.#waiters) {
      const wait = this.bucket.take()
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#serve(), Math.max(BATCH_MS, wait))
        return
      }
      this.#waiters.delete(waiter)
      waiter.signal.removeEventListener('abort', waiter.aborted)
      waiter.resolve()
    }
    this.bucket.onEmpty()
  }
}
