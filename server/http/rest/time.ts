/** Smaller numbers are Unix seconds (up to the year 5138), others Unix milliseconds (from 1973 on). */
const MILLISECONDS_FROM = 1e11
/** The range of a Date, ECMA-262, section 21.4.1.1. */
const LATEST_MS = 8.64e15

// RFC 3339 and common deviations: seconds or time zone omitted (then UTC), a date alone, and the + of a time zone decoded
// to a space because the client did not percent-encode it.
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([-+ ])(\d\d):?(\d\d))?)?$/
const UNIX = /^\d{1,16}(?:\.\d{1,9})?$/

/** Parses ISO 8601, or Unix time in seconds or milliseconds, to Unix milliseconds; undefined if it is neither. */
export function parseTime(value: string | number): number | undefined {
  const text = String(value).trim()
  const ms = UNIX.test(text) ? fromUnix(Number(text)) : fromIso(text)
  return ms !== undefined && ms >= 0 && ms <= LATEST_MS ? ms : undefined
}

const fromUnix = (time: number): number => (time < MILLISECONDS_FROM ? time * 1_000 : time)

function fromIso(text: string): number | undefined {
  const parts = ISO.exec(text)
  if (!parts) return undefined
  const [year, month, day, hour, minute, second, zoneHour, zoneMinute] = [1, 2, 3, 4, 5, 6, 10, 11].map((i) =>
    Number(parts[i] ?? 0),
  ) as [number, number, number, number, number, number, number, number]
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return undefined
  const date = new Date(Date.UTC(2000, month - 1, day))
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  const fraction = Number(`0.${parts[7] ?? 0}`) * 1_000
  const offset = (parts[9] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute)
  return date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + fraction
}
