import { useSignal, useSignalEffect } from '@preact/signals'
import type { Virtualizer } from '@tanstack/virtual-core'
import { useEffect, useLayoutEffect } from 'preact/hooks'
import type { Row } from '../log-rows.ts'
import type { OpenRoom } from '../open-room.ts'
import { NEAR_PX } from './virtual-rows.ts'

/** Older messages are loaded at this distance from the top. */
const READ_AHEAD_PX = 2_000
const HIGHLIGHT_MS = 2_500

type List = Virtualizer<HTMLDivElement, HTMLLIElement>
type Box = { readonly current: HTMLDivElement | null }

/** Tracks the scroll position: marks messages as read, loads older ones and highlights the target of a jump. */
export function useReading(room: OpenRoom, rows: readonly Row[], list: List, box: Box) {
  const atEnd = useSignal(true)
  const lit = useSignal<string>()

  const look = () => {
    if (!box.current) return
    const { scrollTop, scrollHeight, clientHeight } = box.current
    atEnd.value = scrollHeight - scrollTop - clientHeight < NEAR_PX
    // On narrow screens, the room may be hidden behind the room list.
    room.atNewest = atEnd.value && clientHeight > 0 && !document.hidden
    if (room.atNewest) room.markNewestRead()
    if (room.ready.value && scrollTop < READ_AHEAD_PX) void room.loadOlder()
  }
  const stay = () => {
    if (atEnd.value) list.scrollToEnd()
    look()
  }

  useLayoutEffect(look, [rows])
  useSignalEffect(() => {
    if (room.lastRead.value !== undefined && room.ready.value) look()
  })
  // The user's own message is always scrolled into view.
  useEffect(() => list.scrollToEnd(), [room.sentCount.value])

  useEffect(() => {
    const log = box.current!
    log.addEventListener('scroll', look, { passive: true })
    // The height changes when the composer grows or a phone's keyboard opens.
    const resized = new ResizeObserver(stay)
    resized.observe(log)
    document.addEventListener('visibilitychange', look)
    return () => {
      log.removeEventListener('scroll', look)
      resized.disconnect()
      document.removeEventListener('visibilitychange', look)
      room.onHidden()
    }
  }, [])

  useLayoutEffect(() => {
    const goal = room.scrollTarget.value
    const at = rows.findIndex((row) => row.kind === 'message' && row.message.seq === goal)
    if (goal === undefined || at < 0) return
    room.scrollTarget.value = undefined
    list.scrollToIndex(at, { align: 'center' })
    lit.value = rows[at]!.key
  }, [room.scrollTarget.value, rows])
  useEffect(() => {
    if (lit.value === undefined) return
    const timer = setTimeout(() => {
      lit.value = undefined
    }, HIGHLIGHT_MS)
    return () => clearTimeout(timer)
  }, [lit.value])

  return { atEnd, lit }
}
