export const BACKOFF_BASE_MS = 500
export const BACKOFF_CAP_MS = 5_000

/**
 * Delay in ms before the next attempt, with full jitter: uniform between 0 and a bound that doubles with every failure,
 * so that clients that failed together do not retry together. The bound is capped before the jitter is applied; the
 * other way round, retries would bunch up at the cap.
 */
export function jitter(failures: number, random = Math.random): number {
  return random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** failures)
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
