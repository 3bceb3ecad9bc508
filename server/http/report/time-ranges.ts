import type { StepMs } from '../../domain/journal.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export interface Range {
  readonly label: string
  readonly spanMs: number
  /** Which of the kept series it is drawn from. */
  readonly stepMs: StepMs
  /** How wide a point of the plots is, a multiple of stepMs: some hundred of them fit on a screen. */
  readonly binMs: number
  /** How often a page that is open asks again. */
  readonly refreshMs: number
}

export const ranges = {
  '15m': { label: '15 minutes', spanMs: 15 * MINUTE_MS, stepMs: 10_000, binMs: 10_000, refreshMs: 5_000 },
  '6h': { label: '6 hours', spanMs: 6 * HOUR_MS, stepMs: 60_000, binMs: MINUTE_MS, refreshMs: 30_000 },
  day: { label: 'a day', spanMs: DAY_MS, stepMs: 600_000, binMs: 10 * MINUTE_MS, refreshMs: MINUTE_MS },
  month: { label: '30 days', spanMs: 30 * DAY_MS, stepMs: 600_000, binMs: 2 * HOUR_MS, refreshMs: 10 * MINUTE_MS },
} as const satisfies Record<string, Range>

export type RangeName = keyof typeof ranges
export const rangeNames = Object.keys(ranges) as [RangeName, ...RangeName[]]
