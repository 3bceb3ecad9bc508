import { useSignal } from '@preact/signals'
import type { Message } from '../../sdk/timeline.ts'
import { emojiName } from '../emoji.ts'
import type { OpenRoom } from '../open-room.ts'
import { react, remove } from '../send.ts'
import { me } from '../users.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { EmojiPicker } from './emoji-picker.tsx'
import { Icon } from './icon.tsx'

const QUICK = ['👍', '❤️', '😂']

interface Props {
  room: OpenRoom
  message: Message
  tabIndex: number
}

export function MessageActions({ room, message, tabIndex }: Props) {
  const picking = useSignal<HTMLElement>()
  const asking = useSignal(false)
  const mine = message.by.id === me.value?.id
  const has = (emoji: string) =>
    message.reactions.some((one) => one.emoji === emoji && one.users.some(({ id }) => id === me.value?.id))
  return (
    <div class="actions">
      {QUICK.map((emoji) => (
        <button
          key={emoji}
          type="button"
          tabIndex={tabIndex}
          class="quick"
          aria-label={`React with ${emojiName(emoji)}`}
          onClick={() => react(room, message.seq, emoji, !has(emoji))}
        >
          {emoji}
        </button>
      ))}
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label="Add reaction"
        title="Add reaction"
        aria-haspopup="dialog"
        aria-expanded={picking.value !== undefined}
        onClick={(event) => {
          picking.value = event.currentTarget
        }}
      >
        <Icon of="smile" />
      </button>
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label="Reply"
        title="Reply"
        onClick={() => room.draft.reply(message)}
      >
        <Icon of="reply" />
      </button>
      {mine && (
        <button
          type="button"
          tabIndex={tabIndex}
          aria-label="Edit"
          title="Edit"
          onClick={() => room.draft.edit(message)}
        >
          <Icon of="pencil" />
        </button>
      )}
      {mine && (
        <button
          type="button"
          tabIndex={tabIndex}
          aria-label="Delete"
          title="Delete"
          onClick={() => {
            asking.value = true
          }}
        >
          <Icon of="bin" />
        </button>
      )}
      {picking.value && (
        <EmojiPicker
          opener={picking.value}
          choose={(emoji) => react(room, message.seq, emoji, true)}
          close={() => {
            picking.value = undefined
          }}
        />
      )}
      {asking.value && (
        <DeleteDialog
          text={message.text}
          agree={() => remove(room, message.seq)}
          close={() => {
            asking.value = false
          }}
        />
      )}
    </div>
  )
}
