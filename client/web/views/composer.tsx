import { batch } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { OpenRoom } from '../open-room.ts'
import { titleOf } from '../room-names.ts'
import { say, typing } from '../saying.ts'
import { me } from '../state.ts'
import { edit } from './message-actions.tsx'

export function Composer({ room }: { room: OpenRoom }) {
  const box = useRef<HTMLTextAreaElement>(null)
  const about = room.editing.value ?? room.replying.value
  useEffect(() => {
    // A phone's keyboard comes up only when there is something to write about.
    if (!about && !matchMedia('(hover: hover)').matches) return
    box.current?.focus()
    box.current?.setSelectionRange(room.draft.value.length, room.draft.value.length)
  }, [about])

  const write = (text: string) => {
    room.draft.value = text
    typing(room, text.trim() !== '')
  }
  const send = () => {
    const text = room.draft.value.trim()
    if (text) void say(room, text)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends the choice of a character in an input method.
    if (event.isComposing) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      send()
    } else if (event.key === 'Escape') {
      stop(room)
    } else if (event.key === 'ArrowUp' && room.draft.value === '') {
      const own = room.messages.value.findLast(({ by, deleted }) => by.id === me.value?.id && !deleted)
      if (own) edit(room, own)
    }
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {about && (
        <p class="about">
          {room.editing.value ? 'Editing your message' : `Replying to ${about.by.name}: ${about.text}`}
          <button type="button" onClick={() => stop(room)}>
            Cancel
          </button>
        </p>
      )}
      <textarea
        ref={box}
        rows={1}
        aria-label={`Message to ${titleOf(room.name)}`}
        placeholder={`Message to ${titleOf(room.name)}`}
        value={room.draft.value}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => typing(room, false)}
      />
      <button type="submit" class="primary">
        {room.editing.value ? 'Save' : 'Send'}
      </button>
    </form>
  )
}

function stop(room: OpenRoom): void {
  batch(() => {
    if (room.editing.value) room.draft.value = ''
    room.editing.value = undefined
    room.replying.value = undefined
  })
}
