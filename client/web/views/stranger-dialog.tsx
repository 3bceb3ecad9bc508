import type { TargetedSubmitEvent } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { TEXT_MAX_CHARS } from '../../../protocol/limits.ts'
import type { Message } from '../../sdk/timeline.ts'
import { chat } from '../state.ts'
import { dialogShown, findStranger, leaveStranger, type MatchConversation, sendToStranger } from '../strangers.ts'
import { me } from '../users.ts'
import { Icon } from './icon.tsx'
import { TypingLine } from './typing-line.tsx'

/** Escape and the close button hide the dialog; the conversation continues. */
export function StrangerDialog({ now }: { now: 'looking' | MatchConversation }) {
  const box = useRef<HTMLDialogElement>(null)
  const hide = () => {
    dialogShown.value = false
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
        <button type="button" class="bare" aria-label="Hide" title="Hide; the conversation continues" onClick={hide}>
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
        We'll connect you with the next person who is looking. Messages are deleted when either of you leaves.
      </p>
      <div class="stranger-deeds">
        <button type="button" onClick={leaveStranger}>
          Stop looking
        </button>
      </div>
    </>
  )
}

function Conversation({ talk }: { talk: MatchConversation }) {
  const log = useRef<HTMLOListElement>(null)
  const { messages, ended: over, typing, seenCount: seen } = talk
  const count = messages.value.length
  useLayoutEffect(() => {
    seen.value = count
    log.current?.lastElementChild?.scrollIntoView({ block: 'end' })
  }, [count])
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by the keyboard. */}
      <ol ref={log} class="stranger-log" tabIndex={0} aria-label="Messages" aria-live="polite">
        {messages.value.map((message) => (
          <MessageLine key={message.seq} message={message} />
        ))}
      </ol>
      <TypingLine typing={typing.value} />
      {over.value ? (
        <p class="rule" role="status">
          <bdi>{talk.stranger.name}</bdi> has left.
        </p>
      ) : (
        <MessageForm talk={talk} />
      )}
      <div class="stranger-deeds">
        <button type="button" onClick={leaveStranger}>
          {over.value ? 'Close' : 'Leave'}
        </button>
        <button type="button" class={over.value ? 'primary' : undefined} onClick={findStranger}>
          Find someone else
        </button>
      </div>
    </>
  )
}

function MessageLine({ message: { by, text, deleted } }: { message: Message }) {
  const own = by.id === me.value?.id
  return (
    <li data-own={own}>
      <span class="unseen">{own ? 'You: ' : 'Stranger: '}</span>
      <bdi>{deleted ? 'This message was deleted.' : text}</bdi>
    </li>
  )
}

function MessageForm({ talk }: { talk: MatchConversation }) {
  const [text, write] = useState('')
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const said = text.trim()
    if (said === '') return
    write('')
    chat.value?.typing(talk.room, false)
    void sendToStranger(talk, said)
  }
  return (
    <form class="stranger-say" onSubmit={submit}>
      <input
        aria-label="Message to the stranger"
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
      <button type="submit" class="primary" aria-label="Send">
        <Icon of="send" />
      </button>
    </form>
  )
}
