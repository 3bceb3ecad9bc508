const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Such as 1,234; numbers below 100 keep one decimal, below 10 two. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 })
}

/** Such as 512 B, 1.5 KB, 20 MB; the units are powers of 1,024. */
export function formatBytes(bytes: number): string {
  const step = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  return `${formatNumber(bytes / 1_024 ** step)} ${['B', 'KB', 'MB', 'GB', 'TB'][step]}`
}

/** Such as 4 s, 12 min 5 s, 3 h 5 min, 2 d 4 h. */
export function formatDuration(ms: number): string {
  const [whole, part] = ms < HOUR_MS ? ([MINUTE_MS, SECOND_MS] as const) : ms < DAY_MS ? HOURS : DAYS
  const [larger, smaller] = [Math.floor(ms / whole), Math.floor((ms % whole) / part)]
  return [larger && `${larger} ${UNITS[whole]}`, (smaller || !larger) && `${smaller} ${UNITS[part]}`]
    .filter(Boolean)
    .join(' ')
}

const HOURS = [HOUR_MS, MINUTE_MS] as const
const DAYS = [DAY_MS, HOUR_MS] as const
const UNITS: Record<number, string> = { [SECOND_MS]: 's', [MINUTE_MS]: 'min', [HOUR_MS]: 'h', [DAY_MS]: 'd' }

/** A <time> element such as 2026-01-31 12:00:05 UTC. */
export function timeElement(at: number): string {
  const iso = new Date(at).toISOString()
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`
}
