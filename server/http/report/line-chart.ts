import { escapeHtml } from '../html.ts'

/** A line: one value for each of the chart's times, undefined where there is no data. */
export interface Line {
  name: string
  values: readonly (number | undefined)[]
}

export interface LineChart {
  id: string
  title: string
  /** Unit and grouping, such as `per second, by node`. */
  meaning: string
  /** Ascending, Unix milliseconds. */
  times: readonly number[]
  from: number
  to: number
  lines: readonly Line[]
  format(value: number): string
  /** Base of the unit prefixes of `format`; 1,000 by default. */
  base?: number
}

const WIDTH = 600
const HEIGHT = 120
/** Number of line styles in the stylesheet (.k0 to .k7); further lines reuse them. */
const LINE_STYLES = 8

/**
 * A chart as SVG without a script. All text is HTML outside the SVG, so that it does not scale with the chart, and the
 * values are repeated in a table for screen readers.
 */
export function lineChart({ id, title, meaning, times, from, to, lines, format, base }: LineChart): string {
  const max = Math.max(0, ...lines.flatMap(({ values }) => values.filter((value) => value !== undefined)))
  const top = roundUp(max, base)
  const x = (at: number) => ((at - from) / (to - from)) * WIDTH
  const y = (value: number) => HEIGHT - (value / top) * HEIGHT
  const drawn = lines.map(({ values }, i) => {
    const points = values.map((value, at) => value !== undefined && ([x(times[at]!), y(value)] as const))
    return `<path class="line ${lineClass(i)}" d="${path(points)}"/>`
  })
  return `<figure aria-labelledby="${id}">
<figcaption><h3 id="${id}">${escapeHtml(title)}</h3> <span class="faint">${escapeHtml(meaning)}</span></figcaption>
<div class="plot">
<div class="scale" aria-hidden="true"><span>${format(top)}</span><span>${format(top / 2)}</span><span>${format(0)}</span></div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><path class="grid" d="M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}"/>${drawn.join('')}</svg>
<div class="span" aria-hidden="true"><span>${clock(from, to - from)}</span><span>${clock(to, to - from)}</span></div>
</div>
${legend({ title, times, lines, format })}
</figure>`
}

function legend({ title, times, lines, format }: Pick<LineChart, 'title' | 'times' | 'lines' | 'format'>): string {
  const rows = lines.map(({ name, values }, i) => {
    const known = values.filter((value) => value !== undefined)
    const last = values.findLast((value) => value !== undefined)
    const max = known.length > 0 ? Math.max(...known) : undefined
    const mean = known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined
    const when =
      max === undefined ? '' : ` <span class="faint">${clock(times[values.indexOf(max)]!, spanOf(times))}</span>`
    const formatted = (value: number | undefined) => (value === undefined ? '–' : format(value))
    const swatch = `<svg class="swatch" viewBox="0 0 20 6" aria-hidden="true"><path class="line ${lineClass(i)}" d="M1 3H19"/></svg>`
    return `<tr><th scope="row">${swatch} ${escapeHtml(name)}</th><td>${formatted(last)}</td><td>${formatted(mean)}</td><td>${formatted(max)}${when}</td></tr>`
  })
  return `<table><caption class="unseen">${escapeHtml(title)}</caption><thead><tr><th scope="col"><span class="unseen">Line</span></th><th scope="col">Last</th><th scope="col">Mean</th><th scope="col">Max</th></tr></thead>
<tbody>${rows.join('')}</tbody></table>`
}

const spanOf = (times: readonly number[]) => (times.at(-1) ?? 0) - (times[0] ?? 0)
const lineClass = (i: number) => `k${i % LINE_STYLES}`

/** SVG path data. The line is interrupted where there is no data; an isolated point is drawn as a dot. */
function path(points: readonly (readonly [number, number] | false)[]): string {
  let d = ''
  let penDown = false
  for (const point of points) {
    if (point) d += `${penDown ? 'L' : 'M'}${rounded(point[0])} ${rounded(point[1])}${penDown ? '' : 'h0'}`
    penDown = Boolean(point)
  }
  return d
}
const rounded = (value: number) => Math.round(value * 10) / 10

/** The next value of the form 1, 2 or 5 × 10ⁿ in the unit that it is displayed in; never 0. */
function roundUp(value: number, base = 1_000): number {
  if (value <= 0) return 1
  const unit = base ** Math.max(0, Math.floor(Math.log(value) / Math.log(base)))
  const magnitude = 10 ** Math.floor(Math.log10(value / unit))
  return [1, 2, 5, 10].map((step) => step * magnitude * unit).find((step) => step >= value) ?? value
}

/** A time label whose precision depends on the span: seconds up to an hour, minutes up to a day, else with the date. */
function clock(at: number, spanMs: number): string {
  const iso = new Date(at).toISOString()
  if (spanMs <= 3_600_000) return iso.slice(11, 19)
  return spanMs <= 86_400_000 ? iso.slice(11, 16) : `${iso.slice(5, 10)} ${iso.slice(11, 16)}`
}
