import type { ComponentChildren } from 'preact'
import type { PendingCommand } from '../../sdk/pending-command.ts'
import type { FailedMessage } from '../failed-messages.ts'
import { faultText } from '../fault-words.ts'
import type { OpenRoom } from '../open-room.ts'
import { discard, retry, sendAgain } from '../send.ts'
import { me } from '../users.ts'
import { Icon } from './icon.tsx'
import { MarkedText } from './marked-text.tsx'
import { MessageHead, Waiting } from './message.tsx'
import { Quote } from './quote.tsx'

interface Props {
  room: OpenRoom
  letter: PendingCommand
  refused?: FailedMessage
  follows: boolean
}

/** What the room does not show yet, and what only its author can decide about: may have been sent, or was refused. */
export function PendingMessages({ room, letter, refused, follows }: Props) {
  const { command, input, writtenAt = Date.now(), doubtful } = letter
  if (!me.value) return null
  const replyTo = command === 'message:send' ? input.replyTo : undefined
  return (
    <div class="message unsaid" data-follows={follows} data-doubtful={doubtful} data-refused={refused !== undefined}>
      <MessageHead by={me.value} at={writtenAt} follows={follows} />
      <div class="body">
        {replyTo !== undefined && <Quote room={room} seq={replyTo} tabIndex={-1} />}
        <div class="text" dir="auto">
          {command === 'message:send' ? <MarkedText text={input.text} /> : gist(letter)}
        </div>
        {refused ? (
          <Decision words={`Not sent. ${faultText(refused.fault)}`} discard={() => room.forgive(refused)}>
            <button type="button" onClick={() => retry(room, refused)}>
              Retry
            </button>
          </Decision>
        ) : doubtful ? (
          <Decision words="This may have been sent." discard={() => discard(input.clientId)}>
            <button type="button" onClick={() => sendAgain(input.clientId)}>
              Send again
            </button>
          </Decision>
        ) : (
          <Waiting words="Waiting to be sent" />
        )}
      </div>
    </div>
  )
}

interface Choice {
  words: string
  discard(): void
  children: ComponentChildren
}

function Decision({ words, discard, children }: Choice) {
  return (
    <p class="decision" role="status">
      <Icon of="alert" /> <span>{words}</span>
      <span class="choice">
        {children}
        <button type="button" onClick={discard}>
          Discard
        </button>
      </span>
    </p>
  )
}

function gist({ command, input }: PendingCommand): string {
  if (command === 'message:delete') return 'Your deletion of a message'
  if (command === 'message:react') return `Your reaction ${input.emoji}`
  return command === 'message:edit' ? `Your edit: ${input.text}` : input.text
}
