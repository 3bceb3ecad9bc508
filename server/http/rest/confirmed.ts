import { setTimeout as delay } from 'node:timers/promises'
import { Overloaded } from '../../domain/append-queue.ts'
import { Refusal } from '../../domain/refusal.ts'

/** Above two time-outs of the store; most clients wait longer than this for an answer. */
const CONFIRM_MS = 5_000
const AGAIN_MS = 250

/**
 * Repeats an append whose outcome is unknown, which is safe as it has a clientId, until the store says what became of it
 * or the time is up: a request must not be answered with 503 when its message is stored. One that was refused before it
 * was written is not repeated.
 */
export async function confirmed<T>(append: () => Promise<T>, withinMs = CONFIRM_MS): Promise<T> {
  const until = performance.now() + withinMs
  let mayBeStored = false
  for (;;) {
    try {
      return await append()
    } catch (error) {
      const isUnavailable = error instanceof Refusal && error.code === 'unavailable'
      mayBeStored ||= isUnavailable && !(error instanceof Overloaded)
      if (!isUnavailable || !mayBeStored || performance.now() >= until) throw error
      await delay(AGAIN_MS)
    }
  }
}
