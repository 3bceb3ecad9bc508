import type { Spread } from '../measure/spread.ts'
import { escaped } from './bar-chart.ts'

export interface Curve {
  label: string
  /** Index of the palette. */
  colour: number
  dashed?: boolean
  points: { x: number; y: Spread }[]
}

export interface Panel {
  label: string
  curves: Curve[]
}

const [PANEL, GAP, LEFT, TOP, HEIGHT, BOTTOM, LEGEND] = [220, 14, 44, 24, 190, 34, 20]

/** SVG panels side by side with one scale, both axes logarithmic; a stroke shows the range of the repetitions. */
export function curves(panels: readonly Panel[], axes: { x: string; xs: readonly number[] }) {
  const all = panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(({ y }) => y)))
  const low = 10 ** Math.floor(Math.log10(Math.min(...all.map(({ least }) => Math.max(least, 0.01)))))
  const high = 10 ** Math.ceil(Math.log10(Math.max(...all.map(({ most }) => most), low * 10)))
  const share = (value: number, from: number, to: number) => Math.log(value / from) / Math.log(to / from)
  const [first = 1, last = 1] = [Math.min(...axes.xs), Math.max(...axes.xs)]
  const x = (value: number) => 12 + share(value, first, last) * (PANEL - 24)
  const y = (value: number) => TOP + (1 - share(Math.max(value, low), low, high)) * HEIGHT
  const width = LEFT + panels.length * (PANEL + GAP)
  const parts: string[] = []
  for (let tick = low; tick <= high * 1.001; tick *= 10) {
    parts.push(text(LEFT - 6, y(tick) + 4, short(tick), 'name'))
    for (const [p] of panels.entries()) parts.push(line(left(p), y(tick), left(p) + PANEL, y(tick)))
  }
  for (const [p, { label, curves }] of panels.entries()) {
    parts.push(text(left(p), 12, label, 'group'))
    for (const value of axes.xs) parts.push(centred(left(p) + x(value), TOP + HEIGHT + 16, short(value)))
    for (const { label, colour, dashed, points } of curves) {
      const at = points.map((point) => [left(p) + x(point.x), point.y] as const)
      const path = at.map(([px, { median }], i) => `${i ? 'L' : 'M'}${round(px)} ${round(y(median))}`).join('')
      parts.push(`<path class="l${colour}${dashed ? ' dashed' : ''}" d="${path}"/>`)
      for (const [px, { median, least, most, count }] of at) {
        const words = `${label}: ${median.toPrecision(3)}`
        parts.push(
          `<circle class="c${colour}" cx="${round(px)}" cy="${round(y(median))}" r="3"><title>${escaped(words)}</title></circle>`,
        )
        if (count > 1) parts.push(`<path class="spread" d="M${round(px)} ${round(y(least))}V${round(y(most))}"/>`)
      }
    }
  }
  parts.push(centred(LEFT + (width - LEFT) / 2, TOP + HEIGHT + BOTTOM, axes.x))
  const named = new Map(panels.flatMap(({ curves }) => curves.map((curve) => [curve.label, curve] as const)))
  let at = LEFT
  for (const { label, colour, dashed } of named.values()) {
    const base = TOP + HEIGHT + BOTTOM + LEGEND
    parts.push(
      `<path class="l${colour}${dashed ? ' dashed' : ''}" d="M${at} ${base - 4}h22"/>`,
      text(at + 28, base, label, 'soft'),
    )
    at += 44 + label.length * 6.6
  }
  return { body: parts.join('\n'), width, height: TOP + HEIGHT + BOTTOM + LEGEND }
}

const left = (panel: number) => LEFT + panel * (PANEL + GAP)
const round = (value: number) => Math.round(value * 10) / 10
const short = (value: number) => (value >= 1_000 ? `${round(value / 1_000)}k` : `${Number(value.toPrecision(3))}`)
const line = (x1: number, y1: number, x2: number, y2: number) =>
  `<path class="grid" d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}"/>`
const text = (x: number, y: number, words: string, kind: string) =>
  `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escaped(words)}</text>`
const centred = (x: number, y: number, words: string) =>
  `<text class="soft" text-anchor="middle" x="${round(x)}" y="${round(y)}">${escaped(words)}</text>`
