import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import type { HistoryEvent } from './history.ts'

const CHUNK_BYTES = 1_024 * 1_024

/** All recorded events, file after file; can be iterated repeatedly. */
export function history(files: string[]): Iterable<HistoryEvent> {
  return {
    *[Symbol.iterator]() {
      for (const file of files) for (const line of lines(file)) yield JSON.parse(line)
    },
  }
}

function* lines(path: string): Generator<string> {
  const file = openSync(path, 'r')
  const bytes = Buffer.allocUnsafe(CHUNK_BYTES)
  const decoder = new StringDecoder('utf8')
  let rest = ''
  try {
    for (let count = readSync(file, bytes); count > 0; count = readSync(file, bytes)) {
      const whole = (rest + decoder.write(bytes.subarray(0, count))).split('\n')
      rest = whole.pop() ?? ''
      yield* whole
    }
  } finally {
    closeSync(file)
  }
}
