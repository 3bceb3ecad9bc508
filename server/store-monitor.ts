import type { Logger } from 'pino'
import type { Store } from './domain/ports.ts'

/** How often the state is compared, in milliseconds. */
const INTERVAL_MS = 250

/** Logs each change of the store's state, with the cause. */
export class StoreMonitor {
  #cause: string | undefined
  readonly #timer: NodeJS.Timeout

  constructor(
    private readonly store: Pick<Store, 'failure'>,
    private readonly log: Logger,
  ) {
    this.#timer = setInterval(() => this.check(), INTERVAL_MS).unref()
  }

  check(): void {
    const failure = this.store.failure()
    if (failure?.cause === this.#cause) return
    this.#cause = failure?.cause
    if (failure) this.log.error({ cause: failure.cause, reason: failure.message }, 'the store is unavailable')
    else this.log.info('the store is available again')
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
