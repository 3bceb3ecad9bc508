import { type Signal, useSignal } from '@preact/signals'
import type { Virtualizer } from '@tanstack/virtual-core'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Row } from '../log-rows.ts'

/** Roving tabindex: Tab enters the list once, arrow keys move between messages, Tab moves through a message's actions. */
export function useRovingFocus(
  rows: readonly Row[],
  list: Virtualizer<HTMLDivElement, HTMLLIElement>,
  box: { readonly current: HTMLDivElement | null },
  active: Signal<string | undefined>,
) {
  const wanted = useRef<string>(undefined)
  /** The row that had the focus last. Hovering does not change it. */
  const walked = useSignal<string>()
  const last = rows.findLast(({ kind }) => kind !== 'seen')?.key
  const elementOf = (key: string) => box.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
  const rowAt = (target: EventTarget | null) => (target as Element | null)?.closest<HTMLElement>('[data-key]')

  // A row outside the viewport must be rendered before it can have the focus.
  useLayoutEffect(() => {
    const row = wanted.current === undefined ? undefined : elementOf(wanted.current)
    if (!row) return
    wanted.current = undefined
    row.focus({ preventScroll: true })
  })

  const goTo = (at: number) => {
    const row = rows[at]
    if (!row || row.kind === 'seen') return
    wanted.current = row.key
    active.value = row.key
    list.scrollToIndex(at, { align: 'auto' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rowAt(event.target)
    if (row !== event.target || !row) return
    const at = rows.findIndex(({ key }) => key === row.dataset.key)
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.findLastIndex(({ kind }) => kind !== 'seen') }[
      event.key
    ]
    if (to === undefined) return
    event.preventDefault()
    goTo(to)
  }
  const point = (event: PointerEvent) => {
    if (event.pointerType === 'mouse') active.value = rowAt(event.target)?.dataset.key
  }
  const leave = (event: PointerEvent) => {
    if (event.pointerType !== 'mouse') return
    // Keep the row that has keyboard focus active.
    active.value = rowAt(box.current?.querySelector(':focus-visible') ?? null)?.dataset.key
  }
  const focus = (event: FocusEvent) => {
    walked.value = rowAt(event.target)?.dataset.key
    active.value = walked.value
  }
  const blur = (event: FocusEvent) => {
    if (event.relatedTarget && !box.current?.contains(event.relatedTarget as Node)) active.value = undefined
  }
  return {
    tabStop: rows.some(({ key }) => key === walked.value) ? walked.value : last,
    list: { onKeyDown, onPointerOver: point, onPointerLeave: leave, onFocusIn: focus, onFocusOut: blur },
  }
}
