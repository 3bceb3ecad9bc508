import { signal } from '@preact/signals'

const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** Unix milliseconds of the last midnight in the local time zone. Views that show “Today” depend on it. */
export const today = signal(midnight(Date.now()))

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

/** Updates `today` once a minute, which also covers a computer that slept over midnight. Returns the function that stops it. */
export function updateToday(): () => void {
  const timer = setInterval(() => {
    today.value = midnight(Date.now())
  }, 60_000)
  return () => clearInterval(timer)
}

export const sameDay = (one: number, other: number): boolean => midnight(one) === midnight(other)

/** `at` and `now` are Unix milliseconds. */
export function formatDay(at: number, now = today.value): string {
  if (sameDay(at, now)) return 'Today'
  // 12 hours before midnight lies on the previous day, whether that day has 23, 24 or 25 hours.
  if (sameDay(at, midnight(now) - 12 * 3_600_000)) return 'Yesterday'
  return calendar.format(at)
}

export const formatTime = (at: number): string => clock.format(at)
/** The time without AM or PM, for narrow columns. */
export const formatShortTime = (at: number): string =>
  clock
    .formatToParts(at)
    .map(({ type, value }) => (type === 'dayPeriod' ? '' : value))
    .join('')
    .trim()
export const formatDateTime = (at: number): string => moment.format(at)
