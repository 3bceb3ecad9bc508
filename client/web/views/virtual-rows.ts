import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core'
import { useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'
import type { Row } from '../log-rows.ts'

/** As near as this to the end counts as being there. */
export const NEAR_PX = 80
/** Above the rows: the words with which the room begins. */
export const TOP_PX = 64
const BOTTOM_PX = 12
const LETTERS_PER_LINE = 80

/**
 * Draws those rows alone that are in sight, and a few more. It stays at the end where the reader is there, and keeps
 * every other place: older rows come in above without a jump. `kept`: a row to keep, though it is out of sight.
 */
export function useVirtualRows(box: { readonly current: HTMLDivElement | null }, rows: readonly Row[], kept?: string) {
  const [, redraw] = useReducer((times: number) => times + 1, 0)
  const settling = useFirstOfBefore(rows)
  const keptAt = kept === undefined ? -1 : rows.findIndex(({ key }) => key === kept)
  const options = {
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: (at: number) => estimate(rows[at]!),
    getItemKey: (at: number) => rows[at]!.key,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
    rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
      const drawn = defaultRangeExtractor(range)
      return keptAt < 0 || drawn.includes(keptAt) ? drawn : [...drawn, keptAt].sort((one, other) => one - other)
    },
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR_PX,
    paddingStart: TOP_PX,
    paddingEnd: BOTTOM_PX,
    overscan: 8,
  } as const
  const [list] = useState(() => new Virtualizer<HTMLDivElement, HTMLLIElement>(options))
  list.setOptions(options)
  list.shouldAdjustScrollPositionOnItemSizeChange = ({ key, start, end }) => {
    const top = list.scrollOffset ?? 0
    if (!list.itemSizeCache.has(key)) return start < top
    // The day and the name above it are gone now that it is no longer the first: what it says stays where it is.
    return end <= top || key === settling
  }
  useLayoutEffect(() => list._didMount(), [])
  useLayoutEffect(() => list._willUpdate())
  return list
}

/** The row that was the first until older ones came in above it. */
function useFirstOfBefore(rows: readonly Row[]): string | undefined {
  const state = useRef<{ first?: string; settling?: string }>({}).current
  const first = rows[0]?.key
  if (first !== state.first) {
    state.settling = rows.length > 0 ? state.first : undefined
    state.first = first
  }
  return state.settling
}

/** Until it is drawn, and measured. */
function estimate(row: Row): number {
  if (row.kind === 'seen') return 24
  const text = row.kind === 'message' ? row.message.text : 'text' in row.letter.input ? row.letter.input.text : ''
  const lines = text.split('\n').reduce((sum, line) => sum + Math.ceil(Math.max(1, line.length) / LETTERS_PER_LINE), 0)
  const marks = row.kind === 'message' ? [row.message.replyTo, row.message.reactions[0]] : []
  const extra = marks.filter((mark) => mark !== undefined).length * 30
  return 22 * lines + 4 + (row.follows ? 0 : 28) + (row.day === undefined ? 0 : 40) + extra
}
