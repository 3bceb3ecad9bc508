/** The minimum time between two batches of tokens, so that a high rate does not need a timer per token. */
const BATCH_MS = 5

interface Waiter {
  resolve(): void
  reject(reason: unknown): void
  signal: AbortSignal
  aborted: () => void
}

/** Waiters for the tokens of one bucket, in FIFO order: with one waiter per connection the connections are served round robin. */
export class TokenQueue {
  readonly #waiters = new Set<Waiter>()
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly bucket: { take(): number; onEmpty(): void }) {}

  /** Takes a token and resolves; rejects with the reason of `signal` if it is aborted before. */
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
