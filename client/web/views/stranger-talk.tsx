import type { TargetedSubmitEvent } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { TEXT_MAX_CHARS } from '../../../protocol/limits.ts'
import type { Message } from '../../sdk/timeline.ts'
import { chat } from '../state.ts'
import { find, leave, shown, type Talk, tell } from '../strangers.ts'
import { me } from '../users.ts'
import { Icon } from './icon.tsx'
import { TypingLine } from './typing-line.tsx'

/** Escape and the button at its top put it out of sight; the talk goes on. */
export function StrangerTalk({ now }: { now: 'looking' | Talk }) {
  const box = useRef<HTMLDialogElement>(null)
  const hide = () => {
    shown.value = false
  }
  useLayoutEffect(() => {
    const dialog = box.current!
    dialog.showModal()
    return () => dialog.close()
  }, [])
  const title = now === 'looking' ? 'Looking for a stranger…' : now.stranger.name
  return (
    <dialog ref={box} class="dialog stranger" aria-label="Talk to a stranger" onClose={hide}>
      <header>
        <h2>
          <bdi>{title}</bdi>
        </h2>
        <button type="button" class="bare" aria-label="Hide" title="Hide; the talk goes on" onClick={hide}>
          <Icon of="close" />
        </button>
      </header>
      {now === 'looking' ? <Looking /> : <Conversation key={now.room} talk={now} />}
    </dialog>
  )
}

function Looking() {
  return (
    <>
      <p class="rule" role="status">
        The next one who looks for somebody is yours. What you say to each other is deleted when either of you leaves.
      </p>
      <div class="stranger-deeds">
        <button type="button" onClick={leave}>
          Stop looking
        </button>
      </div>
    </>
  )
}

function Conversation({ talk }: { talk: Talk }) {
  const log = useRef<HTMLOListElement>(null)
  const { messages, over, typing, seen } = talk
  const count = messages.value.length
  useLayoutEffect(() => {
    seen.value = count
    log.current?.lastElementChild?.scrollIntoView({ block: 'end' })
  }, [count])
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by the keyboard. */}
      <ol ref={log} class="stranger-log" tabIndex={0} aria-label="What was said" aria-live="polite">
        {messages.value.map((message) => (
          <Line key={message.seq} message={message} />
        ))}
      </ol>
      <TypingLine typing={typing.value} />
      {over.value ? (
        <p class="rule" role="status">
          <bdi>{talk.stranger.name}</bdi> has left.
        </p>
      ) : (
        <Say talk={talk} />
      )}
      <div class="stranger-deeds">
        <button type="button" onClick={leave}>
          {over.value ? 'Close' : 'Leave'}
        </button>
        <button type="button" class={over.value ? 'primary' : undefined} onClick={find}>
          Find another
        </button>
      </div>
    </>
  )
}

function Line({ message: { by, text, deleted } }: { message: Message }) {
  const own = by.id === me.value?.id
  return (
    <li data-own={own}>
      <span class="unseen">{own ? 'You: ' : 'Stranger: '}</span>
      <bdi>{deleted ? 'This message was deleted.' : text}</bdi>
    </li>
  )
}

function Say({ talk }: { talk: Talk }) {
  const [text, write] = useState('')
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const said = text.trim()
    if (said === '') return
    write('')
    chat.value?.typing(talk.room, false)
    void tell(talk, said)
  }
  return (
    <form class="stranger-say" onSubmit={submit}>
      <input
        aria-label="Say to the stranger"
        placeholder="Say hello"
        dir="auto"
        autocomplete="off"
        autofocus
        maxLength={TEXT_MAX_CHARS}
        value={text}
        onInput={(event) => {
          write(event.currentTarget.value)
          chat.value?.typing(talk.room, event.currentTarget.value.trim() !== '')
        }}
      />
      <button type="submit" class="primary" aria-label="Say it">
        <Icon of="send" />
      </button>
    </form>
  )
}
