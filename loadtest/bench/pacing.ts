import type { Random } from '../measure/random.ts'

/**
 * Send times of the messages in milliseconds from the start, sorted: a Poisson process, like independent users. At an
 * even pace, the pace would determine the batching.
 */
export function moments(messages: number, perSecond: number, random: Random): Float64Array {
  const spanMs = (messages / perSecond) * 1_000
  return Float64Array.from({ length: messages }, () => random.next() * spanMs).sort()
}
