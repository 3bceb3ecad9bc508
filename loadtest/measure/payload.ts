/** Characters of every message, in every contestant. */
export const TEXT_CHARS = 100

const AT_DIGITS = 12
const NUMBER_DIGITS = 9
const written = new RegExp(`@(\\d{${AT_DIGITS}})(\\d{${NUMBER_DIGITS}})@`, 'g')
const FILLER = ' The quick brown fox jumps over the lazy dog, again and again, until all of it is said.'

/** Tenths of milliseconds on a clock that all processes of this machine share. */
export function tenths(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 10_000 + Math.floor(nanoseconds / 100_000)
}

/** A text that says when it was said, in tenths, and which of all messages it is. */
export function textOf(at: number, number: number): string {
  const mark = `@${`${at}`.padStart(AT_DIGITS, '0')}${`${number}`.padStart(NUMBER_DIGITS, '0')}@`
  return (mark + FILLER).slice(0, TEXT_CHARS).padEnd(TEXT_CHARS, '.')
}

/** What one packet brought. */
export interface Reading {
  bytes: Buffer
  /** When each of its messages was said, in tenths. */
  saidAt: number[]
  /** Of the messages' numbers, so that one that came twice does not hide another that did not. */
  sum: number
}

export function readTexts(bytes: Buffer, start: number, end: number): Reading {
  const saidAt: number[] = []
  let sum = 0
  for (const [, at, number] of bytes.toString('latin1', start, end).matchAll(written)) {
    saidAt.push(Number(at))
    sum += Number(number)
  }
  return { bytes: Buffer.from(bytes.subarray(start, end)), saidAt, sum }
}
