import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { formatDay, updateToday } from '../days.ts'
import { rowsOf } from '../log-rows.ts'
import type { OpenRoom } from '../open-room.ts'
import { isDirect, titleOf } from '../room-names.ts'
import { me } from '../users.ts'
import { Icon } from './icon.tsx'
import { LogRow } from './log-row.tsx'
import { useReading } from './reading.ts'
import { useRovingFocus } from './roving-focus.ts'
import { readers } from './seen-by.tsx'
import { useVirtualRows } from './virtual-rows.ts'

export function Log({ room }: { room: OpenRoom }) {
  const box = useRef<HTMLDivElement>(null)
  /** The key of the hovered or focused row. */
  const active = useSignal<string>()
  const rows = useComputed(() =>
    rowsOf({
      messages: room.messages.value,
      pendingMessages: room.pendingMessages.value,
      failedMessages: room.failedMessages.value,
      newSince: room.newSince.value,
      me: me.value?.id ?? '',
      // A pending message would be the newest one, and it has no readers yet.
      hasReaders: room.pendingMessages.value.length === 0 && readers(room).length > 0,
    }),
  ).value
  const list = useVirtualRows(box, rows, active.value)
  const { atEnd, lit } = useReading(room, rows, list, box)
  useEffect(updateToday, [])
  const walk = useRovingFocus(rows, list, box, active)

  const top = rows[list.range?.startIndex ?? 0]
  const firstNew = rows.findIndex((row) => row.kind === 'message' && row.firstNew)
  const newAbove = firstNew >= 0 && firstNew < (list.range?.startIndex ?? 0)
  const unread = room.unread.value
  return (
    <div class="log-frame">
      <div class="log" ref={box}>
        <div class="rows" style={{ height: `${list.getTotalSize()}px` }}>
          <Beginning room={room} />
          <div
            role="log"
            aria-label="Messages"
            // Older messages that are loaded while scrolling must not be announced.
            aria-live={atEnd.value ? 'polite' : 'off'}
            aria-relevant="additions"
            aria-busy={room.loading.value}
          >
            <ol {...walk.list}>
              {list.getVirtualItems().map(({ key, index, start }) => (
                <LogRow
                  key={key}
                  room={room}
                  row={rows[index]!}
                  index={index}
                  top={start}
                  active={active}
                  tabStop={walk.tabStop === rows[index]!.key}
                  highlighted={lit.value === rows[index]!.key}
                  measure={list.measureElement}
                />
              ))}
            </ol>
          </div>
        </div>
      </div>
      <div class="over" data-place="top">
        {newAbove && (
          <button type="button" class="pill" onClick={() => list.scrollToIndex(firstNew, { align: 'start' })}>
            <Icon of="up" /> New messages
          </button>
        )}
        {!newAbove && !atEnd.value && top?.kind === 'message' && top.day === undefined && (
          <span class="pill day-now" aria-hidden="true">
            {formatDay(top.message.at)}
          </span>
        )}
      </div>
      {!atEnd.value && (
        <div class="over" data-place="end">
          <button type="button" class={unread > 0 ? 'pill newest' : 'pill'} onClick={() => list.scrollToEnd()}>
            {unread > 0 ? `${unread} new ${unread === 1 ? 'message' : 'messages'}` : 'Newest messages'}{' '}
            <Icon of="down" />
          </button>
        </div>
      )}
    </div>
  )
}

function Beginning({ room }: { room: OpenRoom }) {
  if (room.ready.value && room.hasOlder.value && !room.loading.value && room.messages.value.length > 0)
    return (
      <div class="beginning">
        <button type="button" onClick={() => room.loadOlder()}>
          Older messages
        </button>
      </div>
    )
  return <p class="beginning">{beginning(room)}</p>
}

function beginning(room: OpenRoom): string {
  if (room.loading.value) return 'Loading older messages…'
  if (room.messages.value.length === 0) return room.ready.value ? 'No messages yet. Say hello!' : 'Loading…'
  if (room.hasOlder.value) return ''
  const title = titleOf(room.name)
  return isDirect(room.name)
    ? `This is the beginning of your conversation with ${title}.`
    : `This is the beginning of #${title}.`
}
