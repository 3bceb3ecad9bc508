import type { Message } from '../../sdk/timeline.ts'
import type { OpenRoom } from '../open-room.ts'
import { react } from '../saying.ts'
import { me } from '../state.ts'
import { Avatar } from './avatar.tsx'
import { MessageActions } from './message-actions.tsx'

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

interface Props {
  room: OpenRoom
  message: Message
  /** The message that this one answers, if it is here. */
  answered?: Message
  /** Goes on where the message above it ended. */
  follows: boolean
}

export function MessageItem({ room, message, answered, follows }: Props) {
  const { seq, by, at, text, deleted, editedAt, replyTo, clientId } = message
  const time = new Date(at)
  return (
    <li
      id={`seq-${seq}`}
      data-seq={seq}
      class="message"
      data-follows={follows}
      data-mine={by.id === me.value?.id}
      data-client-id={clientId}
    >
      {!follows && <Avatar person={by} />}
      <div class="body">
        <p class="head">
          <strong>{by.name}</strong>{' '}
          <time dateTime={time.toISOString()} title={calendar.format(time)}>
            {clock.format(time)}
          </time>
        </p>
        {replyTo !== undefined && <Quote message={answered} seq={replyTo} />}
        <p class="text">
          {deleted ? <em>This message was deleted.</em> : text}
          {editedAt !== undefined && <small title={calendar.format(editedAt)}> (edited)</small>}
        </p>
        <Reactions room={room} message={message} />
      </div>
      {!deleted && <MessageActions room={room} message={message} />}
    </li>
  )
}

function Quote({ message, seq }: { message?: Message; seq: number }) {
  const go = () => document.getElementById(`seq-${seq}`)?.scrollIntoView({ block: 'center', behavior: 'smooth' })
  return (
    <button type="button" class="quote" onClick={go}>
      {message ? (
        <>
          <strong>{message.by.name}</strong> {message.deleted ? <em>deleted</em> : message.text}
        </>
      ) : (
        'An earlier message'
      )}
    </button>
  )
}

function Reactions({ room, message }: { room: OpenRoom; message: Message }) {
  if (message.reactions.length === 0) return null
  return (
    <p class="reactions">
      {message.reactions.map(({ emoji, users }) => {
        const mine = users.some(({ id }) => id === me.value?.id)
        const names = users.map(({ name }) => name).join(', ')
        const toggle = () => react(room, message.seq, emoji, !mine)
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={mine}
            aria-label={`${emoji} by ${names}`}
            title={names}
            onClick={toggle}
          >
            {emoji} {users.length}
          </button>
        )
      })}
    </p>
  )
}
