import { formatBytes, formatNumber } from './format.ts'
import type { Load } from './load.ts'

/** A figure that is charted for each node over time. */
export interface Figure {
  readonly field: keyof Load
  readonly title: string
  readonly meaning: string
  /** Set if it is measured per process, which several nodes may share. */
  readonly ofProcess?: true
  format(value: number): string
  /** Base of the unit prefixes, 1,024 for bytes; 1,000 if not set. */
  readonly base?: 1_024
}

const formatMs = (ms: number) => `${formatNumber(ms)} ms`
const formatRate = (bytes: number) => `${formatBytes(bytes)}/s`

export const figures: readonly Figure[] = [
  { field: 'connections', title: 'Connections', meaning: 'open, by node', format: formatNumber },
  { field: 'messagesPerSecond', title: 'Messages', meaning: 'per second, by node', format: formatNumber },
  { field: 'bytesInPerSecond', title: 'Bytes in', meaning: 'per second, by node', format: formatRate, base: 1_024 },
  { field: 'bytesOutPerSecond', title: 'Bytes out', meaning: 'per second, by node', format: formatRate, base: 1_024 },
  { field: 'deliveryP99Ms', title: 'Delivery', meaning: 'p99, from stored to sent, by node', format: formatMs },
  { field: 'appendP99Ms', title: 'Append', meaning: 'p99, from received to stored, by node', format: formatMs },
  {
    field: 'rssBytes',
    title: 'Memory',
    meaning: 'resident, by process',
    ofProcess: true,
    format: formatBytes,
    base: 1_024,
  },
  {
    field: 'cpu',
    title: 'CPU',
    meaning: 'of one core, by process',
    ofProcess: true,
    format: (cpu) => `${formatNumber(cpu * 100)} %`,
  },
  { field: 'loopDelayMs', title: 'Event loop', meaning: 'p99 delay, worst second', format: formatMs },
]
