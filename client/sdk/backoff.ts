export const BACKOFF_BASE_MS = 500
export const BACKOFF_CAP_MS = 5_000

/**
 * Full jitter: anywhere between now and a bound that doubles with every failure, so that many clients who failed
 * together do not come back together. (Capping after the jitter is added would gather them at the cap.)
 */
export function jitter(failures: number, random = Math.random): number {
  return random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** failures)
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
