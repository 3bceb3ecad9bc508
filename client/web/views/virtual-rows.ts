import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core'
import { useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'
import type { Row } from '../log-rows.ts'

/** The list counts as scrolled to its end within this distance. */
export const NEAR_PX = 80
/** Space above the rows for the text at the beginning of the room. */
export const TOP_PX = 64
const BOTTOM_PX = 12
const CHARACTERS_PER_LINE = 80

/**
 * Renders only the visible rows and a few more. Stays at the end if it was scrolled there, and otherwise keeps the scroll
 * position when older rows are added above. `kept`: the key of a row that stays rendered outside the viewport.
 */
export function useVirtualRows(box: { readonly current: HTMLDivElement | null }, rows: readonly Row[], kept?: string) {
  const [, redraw] = useReducer((times: number) => times + 1, 0)
  const previousFirst = usePreviousFirst(rows)
  const keptIndex = kept === undefined ? -1 : rows.findIndex(({ key }) => key === kept)
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
      return keptIndex < 0 || drawn.includes(keptIndex)
        ? drawn
        : [...drawn, keptIndex].sort((one, other) => one - other)
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
    // The previous first row loses its day and heading when rows are added above; its text must not move.
    return end <= top || key === previousFirst
  }
  useLayoutEffect(() => list._didMount(), [])
  useLayoutEffect(() => list._willUpdate())
  return list
}

/** The row that was first before older rows were added above it. */
function usePreviousFirst(rows: readonly Row[]): string | undefined {
  const state = useRef<{ first?: string; previousFirst?: string }>({}).current
  const first = rows[0]?.key
  if (first !== state.first) {
    state.previousFirst = rows.length > 0 ? state.first : undefined
    state.first = first
  }
  return state.previousFirst
}

/** The estimated height in pixels until the row is rendered and measured. */
function estimate(row: Row): number {
  if (row.kind === 'seen') return 24
  const text =
    row.kind === 'message' ? row.message.text : 'text' in row.pendingCommand.input ? row.pendingCommand.input.text : ''
  const lines = text
    .split('\n')
    .reduce((sum, line) => sum + Math.ceil(Math.max(1, line.length) / CHARACTERS_PER_LINE), 0)
  const marks = row.kind === 'message' ? [row.message.replyTo, row.message.reactions[0]] : []
  const extra = marks.filter((mark) => mark !== undefined).length * 30
  return 22 * lines + 4 + (row.follows ? 0 : 28) + (row.day === undefined ? 0 : 40) + extra
}
