import type { Random } from '../measure/random.ts'

/**
 * When each of so many messages is said, in milliseconds from the beginning and in order: at random times, as people who
 * know nothing of each other speak. At an even pace it would be the pace that decides what is gathered together.
 */
export function moments(messages: number, perSecond: number, random: Random): Float64Array {
  const spanMs = (messages / perSecond) * 1_000
  return Float64Array.from({ length: messages }, () => random.next() * spanMs).sort()
}
