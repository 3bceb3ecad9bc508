import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { findEmoji } from '../emoji.ts'

const COLUMNS = 8
const GAP_PX = 6

interface Props {
  /** The button that opened the picker: its anchor, and where the focus returns. */
  opener: HTMLElement
  choose(emoji: string): void
  close(): void
}

/** An emoji picker with search and arrow-key navigation. */
export function EmojiPicker({ opener, choose, close }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const search = useSignal('')
  const at = useSignal(0)
  const found = findEmoji(search.value)

  useLayoutEffect(() => {
    const picker = box.current!
    const toggled = (event: Event) => (event as ToggleEvent).newState === 'closed' && close()
    picker.addEventListener('toggle', toggled)
    picker.showPopover()
    place(picker, opener)
    picker.querySelector('input')?.focus()
    return () => picker.removeEventListener('toggle', toggled)
  }, [])

  const take = (emoji: string) => {
    close()
    opener.focus()
    choose(emoji)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key]
    if (step !== undefined) at.value = Math.max(0, Math.min(found.length - 1, at.value + step))
    else if (event.key === 'Enter') {
      const chosen = found[at.value]
      if (chosen) take(chosen.emoji)
    } else if (event.key === 'Escape') {
      close()
      opener.focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
    box.current?.querySelector(`[data-at="${at.value}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  return (
    <div class="picker" ref={box} popover="auto" role="dialog" aria-label="Emoji" onKeyDown={onKeyDown}>
      <input
        type="search"
        placeholder="Find an emoji"
        aria-label="Find an emoji"
        aria-controls="emoji-found"
        aria-activedescendant={found[at.value] && `emoji-${at.value}`}
        autocomplete="off"
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value
          at.value = 0
        }}
      />
      <div class="found" id="emoji-found" role="listbox" aria-label="Emoji">
        {found.map(({ emoji, name }, i) => (
          <button
            key={emoji}
            type="button"
            role="option"
            id={`emoji-${i}`}
            data-at={i}
            tabIndex={-1}
            aria-label={name}
            aria-selected={i === at.value}
            title={name}
            onClick={() => take(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
      {found.length === 0 && <p role="status">No matching emoji.</p>}
    </div>
  )
}

/** Places the picker above its opener if it fits, otherwise below, and within the viewport. */
function place(picker: HTMLElement, opener: HTMLElement): void {
  const { top, bottom, right } = opener.getBoundingClientRect()
  const { offsetWidth, offsetHeight } = picker
  const above = top - offsetHeight - GAP_PX
  const y = above >= GAP_PX ? above : Math.min(bottom + GAP_PX, innerHeight - offsetHeight - GAP_PX)
  picker.style.top = `${Math.max(GAP_PX, y)}px`
  picker.style.left = `${Math.max(GAP_PX, Math.min(right - offsetWidth, innerWidth - offsetWidth - GAP_PX))}px`
}
