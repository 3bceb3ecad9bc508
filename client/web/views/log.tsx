import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Message } from '../../sdk/timeline.ts'
import type { OpenRoom } from '../open-room.ts'
import { isDirect, titleOf } from '../room-names.ts'
import { MessageItem } from './message.tsx'
import { SeenBy } from './seen-by.tsx'
import { Unsaid } from './unsaid.tsx'

const NEAR_PX = 60
const READ_AHEAD_PX = 400
const ONE_TURN_MS = 5 * 60_000

export function Log({ room }: { room: OpenRoom }) {
  const box = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const scroll = useScroll(room, box, content)
  const messages = room.drawn.value
  const unread = room.unread.value
  return (
    <div class="log" ref={box} onScroll={scroll.onScroll}>
      <div ref={content}>
        <p class="beginning">{beginning(room)}</p>
        <div
          role="log"
          aria-live="polite"
          aria-relevant="additions"
          aria-label="Messages"
          aria-busy={room.loading.value}
        >
          <ol>
            {messages.map((message, i) => (
              <MessageItem
                key={message.seq}
                room={room}
                message={message}
                answered={message.replyTo === undefined ? undefined : room.find(message.replyTo)}
                follows={follows(messages[i - 1], message)}
              />
            ))}
          </ol>
        </div>
        <Unsaid room={room} />
        <SeenBy room={room} />
      </div>
      {unread > 0 && !scroll.atBottom() && (
        <button type="button" class="newest" onClick={scroll.toBottom}>
          {unread} new ↓
        </button>
      )}
    </div>
  )
}

function beginning(room: OpenRoom): string {
  if (!room.ready.value && room.messages.value.length === 0) return 'Reading…'
  if (room.hasOlder.value) return room.loading.value ? 'Reading older messages…' : ''
  if (room.messages.value.length === 0) return 'Nothing was said here yet.'
  const title = titleOf(room.name)
  return isDirect(room.name) ? `Your talk with ${title} begins here.` : `Here begins ${title}.`
}

/** Said by the same person in one breath: the name is not repeated. */
function follows(before: Message | undefined, message: Message): boolean {
  return before?.by.id === message.by.id && message.at - before.at < ONE_TURN_MS && message.replyTo === undefined
}

type Place = { readonly current: HTMLDivElement | null }

/** Stays at the newest message, or where the reader is; near the top it reads older ones. */
function useScroll(room: OpenRoom, box: Place, content: Place) {
  const state = useRef({ atBottom: true, first: 0, height: 0 }).current
  const toBottom = () => {
    state.atBottom = true
    box.current?.scrollTo({ top: box.current.scrollHeight })
    if (!document.hidden) room.seen()
  }
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current!
    state.atBottom = scrollHeight - scrollTop - clientHeight < NEAR_PX
    if (state.atBottom && !document.hidden) room.seen()
    if (scrollTop < READ_AHEAD_PX) void room.older()
  }

  useLayoutEffect(() => {
    const log = box.current!
    const first = room.drawn.value[0]?.seq ?? 0
    if (state.atBottom) toBottom()
    else if (first < state.first) log.scrollTop += log.scrollHeight - state.height
    Object.assign(state, { first, height: log.scrollHeight })
    if (room.ready.value && log.scrollHeight <= log.clientHeight) void room.older()
  })

  useEffect(() => {
    const settle = () => {
      if (state.atBottom) toBottom()
    }
    const resized = new ResizeObserver(() => {
      settle()
      state.height = box.current!.scrollHeight
    })
    resized.observe(box.current!)
    // Parts of it, such as who has seen what, are drawn anew without the log.
    resized.observe(content.current!)
    document.addEventListener('visibilitychange', settle)
    return () => {
      resized.disconnect()
      document.removeEventListener('visibilitychange', settle)
    }
  }, [])

  return { onScroll, toBottom, atBottom: () => state.atBottom }
}
