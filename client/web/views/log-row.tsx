import { type Signal, useComputed } from '@preact/signals'
import { formatDay } from '../days.ts'
import type { Row } from '../log-rows.ts'
import type { OpenRoom } from '../open-room.ts'
import { MessageItem } from './message.tsx'
import { PendingMessage } from './pending-messages.tsx'
import { SeenBy } from './seen-by.tsx'

interface Props {
  room: OpenRoom
  row: Row
  index: number
  /** Offset in pixels from the top of the list. */
  top: number
  active: Signal<string | undefined>
  /** True on the row that Tab focuses (roving tabindex). */
  tabStop: boolean
  /** True for a moment after a jump to this message. */
  highlighted: boolean
  measure(element: HTMLLIElement | null): void
}

export function LogRow({ room, row, index, top, active, tabStop, highlighted, measure }: Props) {
  const isActive = useComputed(() => active.value === row.key).value
  return (
    <li
      ref={measure}
      class="row"
      style={{ top: `${top}px` }}
      data-index={index}
      data-key={row.key}
      data-seq={row.kind === 'message' ? row.message.seq : undefined}
      data-active={isActive}
      data-lit={highlighted}
      tabIndex={row.kind === 'seen' ? undefined : tabStop ? 0 : -1}
    >
      {row.kind !== 'seen' && row.day !== undefined && (
        <p class="day">
          <span>{formatDay(row.day)}</span>
        </p>
      )}
      {row.kind !== 'seen' && row.firstNew && <p class="new-line">New messages</p>}
      {row.kind === 'message' && (
        <MessageItem room={room} message={row.message} follows={row.follows} active={isActive} tabStop={tabStop} />
      )}
      {row.kind === 'pending' && (
        <PendingMessage room={room} pendingCommand={row.pendingCommand} failed={row.failed} follows={row.follows} />
      )}
      {row.kind === 'seen' && <SeenBy room={room} />}
    </li>
  )
}
