import type { Spread } from '../measure/spread.ts'

export interface Bar {
  label: string
  /** Index of the palette. */
  colour: number
  value: Spread
}

export interface Group {
  label: string
  bars: Bar[]
}

const [WIDTH, LEFT, RIGHT, BAR, GAP, HEAD] = [720, 190, 130, 16, 12, 20]

/** SVG bar chart with one scale from zero; a line shows the range of the repetitions. */
export function bars(title: string, groups: readonly Group[], write: (value: number) => string): string {
  const most = Math.max(...groups.flatMap((group) => group.bars.map(({ value }) => value.most)))
  const x = (value: number) => LEFT + (value / (most || 1)) * (WIDTH - LEFT - RIGHT)
  const parts: string[] = []
  let y = 0
  for (const { label, bars } of groups) {
    parts.push(text(0, y + 14, label, 'group'))
    y += HEAD
    for (const { label, colour, value } of bars) {
      const middle = y + BAR / 2
      const end = x(value.median)
      const words = write(value.median)
      parts.push(
        text(LEFT - 8, middle + 4, label, 'name'),
        `<rect class="c${colour}" x="${LEFT}" y="${y}" width="${round(end - LEFT)}" height="${BAR - 3}"><title>${escaped(`${label}: ${words}`)}</title></rect>`,
        ...(value.count > 1
          ? [`<path class="spread" d="M${round(x(value.least))} ${middle - 1.5}H${round(x(value.most))}"/>`]
          : []),
        text(Math.max(end, x(value.most)) + 6, middle + 4, words, 'value'),
      )
      y += BAR
    }
    y += GAP
  }
  return `<svg viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${escaped(title)}">${parts.join('')}</svg>`
}

export const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const round = (value: number) => Math.round(value * 10) / 10

const text = (x: number, y: number, words: string, kind: string) =>
  `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escaped(words)}</text>`
