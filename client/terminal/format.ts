/** 14:03, on this machine's clock. `at` is Unix milliseconds. */
export function clock(at: number): string {
  const time = new Date(at)
  return `${two(time.getHours())}:${two(time.getMinutes())}`
}

const two = (value: number) => `${value}`.padStart(2, '0')

/** Saturday, 21 November 2026. */
export const day = (at: number): string =>
  new Date(at).toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })

const MAX_NAMES = 3

/** "Ada", "Ada and Bob", "Ada, Bob, Cyd and 4 others". `count` is the total number. */
export function list(names: readonly string[], count = names.length): string {
  const named = names.slice(0, MAX_NAMES)
  const others = count - named.length
  const all = others > 0 ? [...named, `${others} other${others > 1 ? 's' : ''}`] : named
  return all.length > 1 ? `${all.slice(0, -1).join(', ')} and ${all.at(-1)}` : (all[0] ?? 'no one')
}

export const count = (value: number): string => value.toLocaleString('en')

/** Shortens a text to at most `most` characters. */
export function shortened(text: string, most: number): string {
  const chars = [...text]
  return chars.length > most ? `${chars.slice(0, most - 1).join('')}…` : text
}
