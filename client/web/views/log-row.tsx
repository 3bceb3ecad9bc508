import { type Signal, useComputed } from '@preact/signals'
import { dayInWords } from '../days.ts'
import type { Row } from '../log-rows.ts'
import type { OpenRoom } from '../open-room.ts'
import { MessageItem } from './message.tsx'
import { PendingMessages } from './pending-messages.tsx'
import { SeenBy } from './seen-by.tsx'

interface Props {
  room: OpenRoom
  row: Row
  index: number
  /** Pixels below the top of all rows. */
  start: number
  active: Signal<string | undefined>
  /** Where Tab comes in. */
  tabStop: boolean
  /** Somebody was led here just now. */
  lit: boolean
  measure(element: HTMLLIElement | null): void
}

export function LogRow({ room, row, index, start, active, tabStop, lit, measure }: Props) {
  const isActive = useComputed(() => active.value === row.key).value
  return (
    <li
      ref={measure}
      class="row"
      style={{ top: `${start}px` }}
      data-index={index}
      data-key={row.key}
      data-seq={row.kind === 'message' ? row.message.seq : undefined}
      data-active={isActive}
      data-lit={lit}
      tabIndex={row.kind === 'seen' ? undefined : tabStop ? 0 : -1}
    >
      {row.kind !== 'seen' && row.day !== undefined && (
        <p class="day">
          <span>{dayInWords(row.day)}</span>
        </p>
      )}
      {row.kind !== 'seen' && row.firstNew && <p class="new-line">New messages</p>}
      {row.kind === 'message' && (
        <MessageItem room={room} message={row.message} follows={row.follows} active={isActive} tabStop={tabStop} />
      )}
      {row.kind === 'letter' && (
        <PendingMessages room={room} letter={row.letter} refused={row.refused} follows={row.follows} />
      )}
      {row.kind === 'seen' && <SeenBy room={room} />}
    </li>
  )
}
