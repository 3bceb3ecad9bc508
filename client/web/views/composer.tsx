import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { TEXT_MAX_CHARS } from '../../../protocol/limits.ts'
import { codePoints } from '../code-points.ts'
import type { OpenRoom } from '../open-room.ts'
import { isDirect, titleOf } from '../room-names.ts'
import { sendMessage, typing } from '../send.ts'
import { me } from '../users.ts'
import { CharacterCount } from './character-count.tsx'
import { ComposerContext } from './composer-context.tsx'
import { EmojiPicker } from './emoji-picker.tsx'
import { Icon } from './icon.tsx'
import { NameChoices, useNameChoices } from './name-choices.tsx'

export function Composer({ room }: { room: OpenRoom }) {
  const box = useRef<HTMLTextAreaElement>(null)
  const picking = useSignal<HTMLElement>()
  /** The length that a rejected paste would have produced. */
  const refusedPaste = useSignal<number>()
  const { text, editing, replyTo: replying } = room.draft
  const about = editing.value ?? replying.value
  const length = codePoints(text.value)
  const names = useNameChoices(room, box)

  // A layout effect focuses in the same frame, so the first key press is not lost and a selection is kept.
  useLayoutEffect(() => {
    // On touch devices, focus opens the keyboard; do that only for an edit or a reply.
    if (!about && !matchMedia('(hover: hover)').matches) return
    box.current?.focus()
    box.current?.setSelectionRange(text.value.length, text.value.length)
  }, [about])
  useLayoutEffect(() => grow(box.current!), [text.value])

  const write = (now: string) => {
    text.value = now
    refusedPaste.value = undefined
    typing(room, now.trim() !== '')
    names.look()
  }
  const send = () => {
    const trimmed = text.value.trim()
    if (trimmed && codePoints(trimmed) <= TEXT_MAX_CHARS) sendMessage(room, trimmed)
  }
  const insert = (piece: string) => {
    box.current!.focus()
    const { selectionStart, selectionEnd } = box.current!
    box.current!.setRangeText(piece, selectionStart, selectionEnd, 'end')
    write(box.current!.value)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also confirms a character in an input method editor.
    if (event.isComposing || names.onKeyDown(event)) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      send()
    } else if (event.key === 'Escape' && about) {
      room.draft.cancel()
    } else if (event.key === 'ArrowUp' && text.value === '') {
      const own = room.messages.value.findLast(({ by, deleted }) => by.id === me.value?.id && !deleted)
      if (!own) return
      event.preventDefault()
      room.draft.edit(own)
    }
  }
  const onBeforeInput = (event: InputEvent) => {
    if (event.inputType !== 'insertFromPaste' && event.inputType !== 'insertFromDrop') return
    const { selectionStart, selectionEnd, value } = box.current!
    const after = value.slice(0, selectionStart) + (event.data ?? '') + value.slice(selectionEnd)
    if (codePoints(after) <= TEXT_MAX_CHARS) return
    event.preventDefault()
    refusedPaste.value = codePoints(after)
  }
  const label = `Message ${isDirect(room.name) ? '' : '#'}${titleOf(room.name)}`
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {about && (
        <ComposerContext message={about} edits={editing.value !== undefined} stop={() => room.draft.cancel()} />
      )}
      <CharacterCount length={length} refusedPaste={refusedPaste.value} />
      <NameChoices choices={names} />
      <div class="field">
        <textarea
          ref={box}
          rows={1}
          dir="auto"
          aria-label={label}
          placeholder={label}
          aria-autocomplete="list"
          aria-controls={names.isOpen ? 'name-choices' : undefined}
          aria-activedescendant={names.isOpen ? `name-choice-${names.at}` : undefined}
          aria-describedby="length"
          value={text.value}
          onInput={(event) => write(event.currentTarget.value)}
          onBeforeInput={onBeforeInput}
          onKeyDown={onKeyDown}
          onBlur={() => {
            typing(room, false)
            names.close()
          }}
        />
        <button
          type="button"
          class="bare"
          aria-label="Emoji"
          title="Emoji"
          aria-haspopup="dialog"
          aria-expanded={picking.value !== undefined}
          onClick={(event) => {
            picking.value = event.currentTarget
          }}
        >
          <Icon of="smile" />
        </button>
      </div>
      <button
        type="submit"
        class="primary"
        disabled={length > TEXT_MAX_CHARS}
        aria-label={editing.value ? 'Save' : 'Send'}
      >
        <Icon of="send" />
      </button>
      {picking.value && (
        <EmojiPicker
          opener={picking.value}
          choose={insert}
          close={() => {
            picking.value = undefined
          }}
        />
      )}
    </form>
  )
}

/** Grows the box with its text in browsers without `field-sizing`. */
function grow(box: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return
  box.style.height = 'auto'
  box.style.height = `${box.scrollHeight + 2}px`
}
