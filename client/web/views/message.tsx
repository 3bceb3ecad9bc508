import type { Message } from '../../sdk/timeline.ts'
import { formatDateTime, formatShortTime, formatTime } from '../days.ts'
import { mentions } from '../mentions.ts'
import type { OpenRoom } from '../open-room.ts'
import { me } from '../users.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'
import { MarkedText } from './marked-text.tsx'
import { MessageActions } from './message-actions.tsx'
import { Quote } from './quote.tsx'
import { Reactions } from './reactions.tsx'

interface Props {
  room: OpenRoom
  message: Message
  /** True when it continues the group of the message above. */
  follows: boolean
  /** True while the row is hovered or has the focus. */
  active: boolean
  /** True on the row that Tab focuses; Tab then moves on to its actions. */
  tabStop: boolean
}

export function MessageItem({ room, message, follows, active, tabStop }: Props) {
  const { seq, by, at, deleted, editedAt, replyTo } = message
  const changes = room.pendingChanges.value.get(seq) ?? []
  const edit = changes.findLast(({ command }) => command === 'message:edit')
  const text = edit?.command === 'message:edit' ? edit.input.text : message.text
  const goes = changes.some(({ command }) => command === 'message:delete')
  const self = me.value
  const tabIndex = active && tabStop ? 0 : -1
  return (
    <div
      class="message"
      data-follows={follows}
      data-active={active}
      data-goes={goes}
      data-for-me={self && by.id !== self.id && !deleted && mentions(text, self.name)}
    >
      <MessageHead by={by} at={at} follows={follows} />
      <div class="body">
        {replyTo !== undefined && !deleted && <Quote room={room} seq={replyTo} tabIndex={tabIndex} />}
        {deleted ? (
          <p class="text gone">
            <em>This message was deleted.</em>
          </p>
        ) : (
          <div class="text" dir="auto">
            <MarkedText text={text} />
            {editedAt !== undefined && !edit && <small title={formatDateTime(editedAt)}> (edited)</small>}
          </div>
        )}
        {(edit || goes) && <PendingLabel words={goes ? 'Deleting…' : 'Saving…'} />}
        <Reactions room={room} message={message} changes={changes} tabIndex={tabIndex} />
      </div>
      {active && !deleted && <MessageActions room={room} message={message} tabIndex={tabIndex} />}
    </div>
  )
}

/** Author and time. In a group, only the first message shows both; the others show the time on hover. */
export function MessageHead({ by, at, follows }: Pick<Message, 'by' | 'at'> & { follows: boolean }) {
  const time = (
    <time dateTime={new Date(at).toISOString()} title={formatDateTime(at)}>
      {follows ? formatShortTime(at) : formatTime(at)}
    </time>
  )
  return (
    <>
      <div class="side">{follows ? time : <Avatar person={by} />}</div>
      <p class={follows ? 'head unseen' : 'head'}>
        <strong dir="auto">{by.name}</strong> {!follows && time}
      </p>
    </>
  )
}

export function PendingLabel({ words }: { words: string }) {
  return (
    <small class="waits">
      <Icon of="clock" /> {words}
    </small>
  )
}
