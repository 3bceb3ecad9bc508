import { setTimeout as delay } from 'node:timers/promises'
import { OverloadedError } from './append-queue.ts'
import { FaultError } from './fault-error.ts'

/** Above two time-outs of the store; most clients wait longer than this for an answer. */
const CONFIRM_MS = 5_000
const AGAIN_MS = 250

/**
 * Repeats an append whose outcome is unknown, which is safe when it has a clientId, until the store says what became of
 * it or `withinMs` have passed. One that was refused before it was written is not repeated.
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
      await delay(AGAIN_MS)
    }
  }
}
