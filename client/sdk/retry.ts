import { jitter, pause } from './backoff.ts'
import { asFault } from './fault.ts'

/**
 * Asks again, with full jitter or when the node says, until answered; undefined when the answer is no longer `wanted`.
 * Throws what asking again cannot help.
 */
export async function retry<T>(ask: () => Promise<T>, wanted: () => boolean): Promise<T | undefined> {
  for (let failures = 0; wanted(); failures++) {
    try {
      const answer = await ask()
      return wanted() ? answer : undefined
    } catch (error) {
      if (!wanted()) return undefined
      const fault = asFault(error)
      if (!fault.retryable) throw fault
      await pause(fault.retryInMs ?? jitter(failures))
    }
  }
  return undefined
}
