import { setTimeout as delay } from 'node:timers/promises'
import { Refusal } from '../domain/refusal.ts'

const RETRY_MS = 1_000

/** Asks again what the store could not answer, until the signal is aborted: a dialect's client knows nothing of faults. */
export async function patiently<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const mayPass = error instanceof Refusal && error.code === 'unavailable'
      if (!mayPass || signal.aborted) throw error
      await delay(error.retryInMs ?? RETRY_MS, undefined, { signal })
    }
  }
}
