import type { StepMs } from '../../domain/journal.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export interface Range {
  readonly label: string
  readonly spanMs: number
  /** The resolution of the stored series that it is drawn from. */
  readonly stepMs: StepMs
  /** Time per chart point, a multiple of stepMs, chosen so that a range has about a hundred points. */
  readonly binMs: number
  /** Interval at which an open page refreshes. */
  readonly refreshMs: number
}

export const ranges = {
  '15m': { label: '15 minutes', spanMs: 15 * MINUTE_MS, stepMs: 10_000, binMs: 10_000, refreshMs: 5_000 },
  '6h': { label: '6 hours', spanMs: 6 * HOUR_MS, stepMs: 60_000, binMs: MINUTE_MS, refreshMs: 30_000 },
  day: { label: '24 hours', spanMs: DAY_MS, stepMs: 600_000, binMs: 10 * MINUTE_MS, refreshMs: MINUTE_MS },
  month: { label: '30 days', spanMs: 30 * DAY_MS, stepMs: 600_000, binMs: 2 * HOUR_MS, refreshMs: 10 * MINUTE_MS },
} as const satisfies Record<string, Range>

export type RangeName = keyof typeof ranges
export const rangeNames = Object.keys(ranges) as [RangeName, ...RangeName[]]
