const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Formats milliseconds as 4 s, 12 min, 3 h 5 min or 2 d 4 h; at least 1 s. */
export function formatDuration(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(1, Math.round(ms / SECOND_MS))} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ${Math.floor((ms % HOUR_MS) / MINUTE_MS)} min`
  return `${Math.floor(ms / DAY_MS)} d ${Math.floor((ms % DAY_MS) / HOUR_MS)} h`
}

const conjunction = new Intl.ListFormat('en-GB', { type: 'conjunction' })
/** Formats a list: n1, n2 and n3. */
export const formatList = (names: string[]): string => conjunction.format(names)

/** Formats a number as 1,234; below 10 with at most one decimal. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined) return '–'
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })
}
