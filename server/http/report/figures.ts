import { inBytes, inNumber } from './format.ts'
import type { Load } from './load.ts'

/** Something that is plotted for each node over time. */
export interface Figure {
  readonly of: keyof Load
  readonly title: string
  readonly meaning: string
  /** Is it the process's, which several nodes may share? */
  readonly ofProcess?: true
  inWords(value: number): string
  /** What its words count by: 1,024 for bytes. */
  readonly base?: 1_024
}

const inMs = (ms: number) => `${inNumber(ms)} ms`
const inRate = (bytes: number) => `${inBytes(bytes)}/s`

export const figures: readonly Figure[] = [
  { of: 'connections', title: 'Connections', meaning: 'open, by node', inWords: inNumber },
  { of: 'messagesPerSecond', title: 'Messages', meaning: 'a second, by node', inWords: inNumber },
  { of: 'bytesInPerSecond', title: 'Bytes in', meaning: 'a second, by node', inWords: inRate, base: 1_024 },
  { of: 'bytesOutPerSecond', title: 'Bytes out', meaning: 'a second, by node', inWords: inRate, base: 1_024 },
  { of: 'deliveryP99Ms', title: 'Delivery', meaning: 'p99, stored to handed out, by node', inWords: inMs },
  { of: 'appendP99Ms', title: 'Storing', meaning: 'p99, draft to stored, by node', inWords: inMs },
  {
    of: 'rssBytes',
    title: 'Memory',
    meaning: 'resident, by process',
    ofProcess: true,
    inWords: inBytes,
    base: 1_024,
  },
  {
    of: 'cpu',
    title: 'CPU',
    meaning: 'of one core, by process',
    ofProcess: true,
    inWords: (cpu) => `${inNumber(cpu * 100)} %`,
  },
  { of: 'loopDelayMs', title: 'Event loop', meaning: 'p99 of the worst second', inWords: inMs },
]
