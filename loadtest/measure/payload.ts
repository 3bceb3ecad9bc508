/** Characters of every message, for every system under test. */
export const TEXT_CHARS = 100

const AT_DIGITS = 12
const NUMBER_DIGITS = 9
const written = new RegExp(`@(\\d{${AT_DIGITS}})(\\d{${NUMBER_DIGITS}})@`, 'g')
const FILLER = ' The quick brown fox jumps over the lazy dog, again and again, until all of it is said.'

/** Time in units of 0.1 ms on a clock shared by all processes of this machine. */
export function tenths(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 10_000 + Math.floor(nanoseconds / 100_000)
}

/** A text that contains its send time (0.1 ms units) and its message number. */
export function textOf(at: number, number: number): string {
  const mark = `@${`${at}`.padStart(AT_DIGITS, '0')}${`${number}`.padStart(NUMBER_DIGITS, '0')}@`
  return (mark + FILLER).slice(0, TEXT_CHARS).padEnd(TEXT_CHARS, '.')
}

/** The messages contained in one packet. */
export interface Reading {
  bytes: Buffer
  /** Send time of each message, in units of 0.1 ms. */
  sentAt: number[]
  /** Sum of the message numbers, so that a duplicate does not hide a loss. */
  sum: number
}

export function readTexts(bytes: Buffer, start: number, end: number): Reading {
  const sentAt: number[] = []
  let sum = 0
  for (const [, at, number] of bytes.toString('latin1', start, end).matchAll(written)) {
    sentAt.push(Number(at))
    sum += Number(number)
  }
  return { bytes: Buffer.from(bytes.subarray(start, end)), sentAt, sum }
}
