import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import type { Spread } from '../measure/spread.ts'
import { grid } from '../report/markdown.ts'
import { type Cell, type Load, WAYS } from './cells.ts'
import { type Results, Summaries, type Summary } from './results.ts'
import { written } from './table.ts'

export type Way = Cell['way']
export type Rate = Pick<Load, 'size' | 'rate'>

export const NAMES = { websocket: 'WebSocket', polling: 'long-polling', upgraded: 'upgraded' } as const

/** What was measured, asked for by what it is, and said in words. */
export class Findings {
  readonly #summaries: Summaries

  constructor(readonly results: Results) {
    this.#summaries = new Summaries(results)
  }

  talk(way: Way, { size, rate }: Rate, { gathered = true, link }: { gathered?: boolean; link?: string } = {}) {
    const windowMs = gathered ? FANOUT_WINDOW_MS : 0
    return this.#summaries.get({ kind: 'talk', way, windowMs, size, rate, rooms: 1, seconds: 1, link })
  }

  arrive(way: Way, link?: string): Summary | undefined {
    return this.#summaries.get({ kind: 'arrive', way, link, times: 1 })
  }

  idle(way: Way): Summary | undefined {
    return this.#summaries.get({ kind: 'idle', way, clients: 1, seconds: 1 })
  }

  /** A row for each way of which something is known. */
  rows(of: (way: Way) => Summary | undefined, cells: (summary: Summary) => string[], label = ''): string[][] {
    return WAYS.flatMap((way) => {
      const summary = of(way)
      return summary ? [[[label, NAMES[way]].filter(Boolean).join(', '), ...cells(summary)]] : []
    })
  }
}

export const ms = (spread?: Spread): string => written(spread, 1, 1)
export const whole = (spread?: Spread): string => written(spread)
export const tenths = (spread?: Spread): string => written(spread, 1, 1)
export const kilo = (spread?: Spread): string => written(spread, 1e3, 1)

/** A median and its unit; `nothing measured` never stands in a sentence, because the sentence is left out. */
export const said = ({ median }: Spread, unit: string, digits = 0): string =>
  `${median.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`

/** How often one holds the other. */
export function times(one: Spread, other: Spread): string {
  const ratio = one.median / other.median
  if (!Number.isFinite(ratio)) return 'which cannot be compared'
  if (ratio >= 0.95 && ratio <= 1.05) return 'as much'
  return `${ratio.toFixed(ratio < 10 ? 1 : 0)} times as much`
}

/** A table; no figure, where there is no row. */
export const measured = (head: string[], rows: string[][]): string =>
  rows.length === 0 ? 'Not measured yet.' : grid(head, rows)

/** Sentences that have their figures, after one another. */
export const sentences = (...all: (string | undefined)[]): string =>
  all.filter((sentence) => sentence !== undefined).join(' ') || 'Not measured yet.'

/** A sentence about one figure of two summaries, if both are there. */
export function both(
  one: Summary | undefined,
  other: Summary | undefined,
  figure: string,
  sentence: (one: Spread, other: Spread) => string,
): string | undefined {
  const [first, second] = [one?.of(figure), other?.of(figure)]
  return first && second ? sentence(first, second) : undefined
}
