import { setTimeout as delay } from 'node:timers/promises'
import { OverloadedError } from './append-queue.ts'
import { FaultError } from './fault-error.ts'

/** More than two timeouts of the store, and less than most clients wait for an answer. */
const CONFIRM_MS = 5_000
const RETRY_MS = 250

/**
 * Retries an append whose outcome is unknown until the store reports the outcome or `withinMs` have passed. Retries are
 * idempotent only if the draft has a clientId. An append that was rejected before it was written is not retried.
 */
export async function confirmAppend<T>(append: () => Promise<T>, withinMs = CONFIRM_MS): Promise<T> {
  const until = performance.now() + withinMs
  let mayBeStored = false
  for (;;) {
    try {
      return await append()
    } catch (error) {
      const isUnavailable = error instanceof FaultError && error.code === 'unavailable'
      mayBeStored ||= isUnavailable && !(error instanceof OverloadedError)
      if (!isUnavailable || !mayBeStored || performance.now() >= until) throw error
      await delay(RETRY_MS)
    }
  }
}
