import { signal } from '@preact/signals'

const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** Unix milliseconds of the last midnight here; what says “Today” is drawn anew after the next one. */
export const today = signal(midnight(Date.now()))

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

/** Until the function that it returns is called. A laptop that slept over midnight is noticed within a minute. */
export function keepToday(): () => void {
  const timer = setInterval(() => {
    today.value = midnight(Date.now())
  }, 60_000)
  return () => clearInterval(timer)
}

export const sameDay = (one: number, other: number): boolean => midnight(one) === midnight(other)

/** `at` and `now` are Unix milliseconds. */
export function dayInWords(at: number, now = today.value): string {
  if (sameDay(at, now)) return 'Today'
  // Noon of the day before, whether that day had 23, 24 or 25 hours.
  if (sameDay(at, midnight(now) - 12 * 3_600_000)) return 'Yesterday'
  return calendar.format(at)
}

export const timeInWords = (at: number): string => clock.format(at)
/** Without AM and PM, for where there is little room. */
export const shortTime = (at: number): string =>
  clock
    .formatToParts(at)
    .map(({ type, value }) => (type === 'dayPeriod' ? '' : value))
    .join('')
    .trim()
export const momentInWords = (at: number): string => moment.format(at)
