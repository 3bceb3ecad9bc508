import { jitter, pause } from './backoff.ts'
import { asFault } from './fault.ts'

/**
 * Repeats `request` while it fails with a retryable fault, after the delay that the node asked for or else with full
 * jitter. Resolves with undefined once `isWanted` returns false. Throws faults that are not retryable.
 */
export async function retry<T>(request: () => Promise<T>, isWanted: () => boolean): Promise<T | undefined> {
  for (let failures = 0; isWanted(); failures++) {
    try {
      const answer = await request()
      return isWanted() ? answer : undefined
    } catch (error) {
      if (!isWanted()) return undefined
      const fault = asFault(error)
      if (!fault.retryable) throw fault
      await pause(fault.retryInMs ?? jitter(failures))
    }
  }
  return undefined
}
