import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { dayInWords, keepToday } from '../days.ts'
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
  /** The row that somebody points at, or is in with the keyboard. */
  const active = useSignal<string>()
  const rows = useComputed(() =>
    rowsOf({
      messages: room.messages.value,
      unsaid: room.unsaid.value,
      refused: room.refused.value,
      newSince: room.newSince.value,
      me: me.value?.id ?? '',
      // What waits is the last that one said, and nobody has seen it.
      seen: room.unsaid.value.length === 0 && readers(room).length > 0,
    }),
  ).value
  const list = useVirtualRows(box, rows, active.value)
  const { atEnd, lit } = useReading(room, rows, list, box)
  useEffect(keepToday, [])
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
            // Whoever reads what is old does not hear it all as if it were said just now.
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
                  start={start}
                  active={active}
                  tabStop={walk.tabStop === rows[index]!.key}
                  lit={lit.value === rows[index]!.key}
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
            {dayInWords(top.message.at)}
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
        <button type="button" onClick={() => room.older()}>
          Older messages
        </button>
      </div>
    )
  return <p class="beginning">{beginning(room)}</p>
}

function beginning(room: OpenRoom): string {
  if (room.loading.value) return 'Reading older messages…'
  if (room.messages.value.length === 0) return room.ready.value ? 'Nothing was said here yet.' : 'Reading…'
  if (room.hasOlder.value) return ''
  const title = titleOf(room.name)
  return isDirect(room.name) ? `Your talk with ${title} begins here.` : `Here begins ${title}.`
}
