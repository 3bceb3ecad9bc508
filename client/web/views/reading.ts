import { useSignal, useSignalEffect } from '@preact/signals'
import type { Virtualizer } from '@tanstack/virtual-core'
import { useEffect, useLayoutEffect } from 'preact/hooks'
import type { Row } from '../log-rows.ts'
import type { OpenRoom } from '../open-room.ts'
import { NEAR_PX } from './virtual-rows.ts'

/** Older messages are asked for this long before the reader is at the first one. */
const READ_AHEAD_PX = 2_000
const LIT_MS = 2_500

type List = Virtualizer<HTMLDivElement, HTMLLIElement>
type Box = { readonly current: HTMLDivElement | null }

/** Where the reader is, and what follows from it: what is read, what is asked for, what is lit up. */
export function useReading(room: OpenRoom, rows: readonly Row[], list: List, box: Box) {
  const atEnd = useSignal(true)
  const lit = useSignal<string>()

  const look = () => {
    if (!box.current) return
    const { scrollTop, scrollHeight, clientHeight } = box.current
    atEnd.value = scrollHeight - scrollTop - clientHeight < NEAR_PX
    // On a phone, the list of rooms may stand where the room was.
    room.watched = atEnd.value && clientHeight > 0 && !document.hidden
    if (room.watched) room.seen()
    if (room.ready.value && scrollTop < READ_AHEAD_PX) void room.older()
  }
  const stay = () => {
    if (atEnd.value) list.scrollToEnd()
    look()
  }

  useLayoutEffect(look, [rows])
  useSignalEffect(() => {
    if (room.read.value !== undefined && room.ready.value) look()
  })
  // What one says oneself is in sight, wherever one was.
  useEffect(() => list.scrollToEnd(), [room.said.value])

  useEffect(() => {
    const log = box.current!
    log.addEventListener('scroll', look, { passive: true })
    // The composer grows, or a phone's keyboard comes up.
    const resized = new ResizeObserver(stay)
    resized.observe(log)
    document.addEventListener('visibilitychange', look)
    return () => {
      log.removeEventListener('scroll', look)
      resized.disconnect()
      document.removeEventListener('visibilitychange', look)
      room.leaveSight()
    }
  }, [])

  useLayoutEffect(() => {
    const goal = room.goal.value
    const at = rows.findIndex((row) => row.kind === 'message' && row.message.seq === goal)
    if (goal === undefined || at < 0) return
    room.goal.value = undefined
    list.scrollToIndex(at, { align: 'center' })
    lit.value = rows[at]!.key
  }, [room.goal.value, rows])
  useEffect(() => {
    if (lit.value === undefined) return
    const timer = setTimeout(() => {
      lit.value = undefined
    }, LIT_MS)
    return () => clearTimeout(timer)
  }, [lit.value])

  return { atEnd, lit }
}
