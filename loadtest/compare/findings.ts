import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import type { Spread } from '../measure/spread.ts'
import { grid } from '../report/markdown.ts'
import { type Cell, type Load, MODES } from './cells.ts'
import { type Results, Summaries, type Summary } from './results.ts'
import { written } from './table.ts'

export type TransportMode = Cell['mode']
export type Rate = Pick<Load, 'size' | 'rate'>

export const NAMES = { websocket: 'WebSocket', polling: 'long-polling', upgraded: 'upgraded' } as const

/** Looks up summaries of the results and formats them. */
export class Findings {
  readonly #summaries: Summaries

  constructor(readonly results: Results) {
    this.#summaries = new Summaries(results)
  }

  talk(
    mode: TransportMode,
    { size, rate }: Rate,
    { gathered = true, link }: { gathered?: boolean; link?: string } = {},
  ) {
    const windowMs = gathered ? FANOUT_WINDOW_MS : 0
    return this.#summaries.get({ kind: 'talk', mode, windowMs, size, rate, rooms: 1, seconds: 1, link })
  }

  arrive(mode: TransportMode, link?: string): Summary | undefined {
    return this.#summaries.get({ kind: 'arrive', mode, link, times: 1 })
  }

  idle(mode: TransportMode): Summary | undefined {
    return this.#summaries.get({ kind: 'idle', mode, clients: 1, seconds: 1 })
  }

  /** One row per transport that was measured. */
  rows(
    of: (mode: TransportMode) => Summary | undefined,
    cells: (summary: Summary) => string[],
    label = '',
  ): string[][] {
    return MODES.flatMap((mode) => {
      const summary = of(mode)
      return summary ? [[[label, NAMES[mode]].filter(Boolean).join(', '), ...cells(summary)]] : []
    })
  }
}

export const ms = (spread?: Spread): string => written(spread, 1, 1)
export const whole = (spread?: Spread): string => written(spread)
export const tenths = (spread?: Spread): string => written(spread, 1, 1)
export const kilo = (spread?: Spread): string => written(spread, 1e3, 1)

/** A median with its unit. Sentences without figures are omitted. */
export const said = ({ median }: Spread, unit: string, digits = 0): string =>
  `${median.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`

/** Ratio of two medians in words. */
export function times(one: Spread, other: Spread): string {
  const ratio = one.median / other.median
  if (!Number.isFinite(ratio)) return 'which cannot be compared'
  if (ratio >= 0.95 && ratio <= 1.05) return 'as much'
  return `${ratio.toFixed(ratio < 10 ? 1 : 0)} times as much`
}

/** A Markdown table, or a note if nothing was measured. */
export const measured = (head: string[], rows: string[][]): string =>
  rows.length === 0 ? 'Not measured yet.' : grid(head, rows)

/** Joins the sentences that have figures. */
export const sentences = (...all: (string | undefined)[]): string =>
  all.filter((sentence) => sentence !== undefined).join(' ') || 'Not measured yet.'

/** A sentence that compares one figure of two summaries, if both exist. */
export function both(
  one: Summary | undefined,
  other: Summary | undefined,
  figure: string,
  sentence: (one: Spread, other: Spread) => string,
): string | undefined {
  const [first, second] = [one?.of(figure), other?.of(figure)]
  return first && second ? sentence(first, second) : undefined
}
