import { setTimeout as delay } from 'node:timers/promises'
import { FaultError } from './fault-error.ts'

/** The delay after a fault without `retryInMs`. */
const RETRY_MS = 1_000

/** Retries a call that rejects with `unavailable`, after the fault's `retryInMs`, until `signal` is aborted. */
export async function retry<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const mayPass = error instanceof FaultError && error.code === 'unavailable'
      if (!mayPass || signal.aborted) throw error
      await delay(error.retryInMs ?? RETRY_MS, undefined, { signal })
    }
  }
}
