import { batch } from '@preact/signals'
import type { Message } from '../../sdk/timeline.ts'
import type { OpenRoom } from '../open-room.ts'
import { react, remove } from '../saying.ts'
import { me } from '../state.ts'

const QUICK = ['👍', '❤️', '😂']

export function MessageActions({ room, message }: { room: OpenRoom; message: Message }) {
  const mine = message.by.id === me.value?.id
  return (
    <div class="actions">
      {QUICK.map((emoji) => (
        <button
          key={emoji}
          type="button"
          aria-label={`React with ${emoji}`}
          onClick={() => react(room, message.seq, emoji, true)}
        >
          {emoji}
        </button>
      ))}
      <button type="button" onClick={() => reply(room, message)}>
        Reply
      </button>
      {mine && (
        <button type="button" onClick={() => edit(room, message)}>
          Edit
        </button>
      )}
      {mine && (
        <button type="button" onClick={() => confirm('Delete this message for everyone?') && remove(room, message.seq)}>
          Delete
        </button>
      )}
    </div>
  )
}

export function reply(room: OpenRoom, message: Message): void {
  batch(() => {
    room.editing.value = undefined
    room.replying.value = message
  })
}

export function edit(room: OpenRoom, message: Message): void {
  batch(() => {
    room.replying.value = undefined
    room.editing.value = message
    room.draft.value = message.text
  })
}
