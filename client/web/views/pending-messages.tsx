import type { ComponentChildren } from 'preact'
import type { PendingCommand } from '../../sdk/pending-command.ts'
import type { FailedMessage } from '../failed-messages.ts'
import { faultText } from '../fault-words.ts'
import type { OpenRoom } from '../open-room.ts'
import { discard, retry, sendAgain } from '../send.ts'
import { me } from '../users.ts'
import { Icon } from './icon.tsx'
import { MarkedText } from './marked-text.tsx'
import { MessageHead, PendingLabel } from './message.tsx'
import { Quote } from './quote.tsx'

interface Props {
  room: OpenRoom
  pendingCommand: PendingCommand
  failed?: FailedMessage
  follows: boolean
}

/** An unacknowledged command, or one that needs a decision: it was rejected, or it may have been sent. */
export function PendingMessage({ room, pendingCommand, failed, follows }: Props) {
  const { command, input, writtenAt = Date.now(), doubtful } = pendingCommand
  if (!me.value) return null
  const replyTo = command === 'message:send' ? input.replyTo : undefined
  return (
    <div class="message unsaid" data-follows={follows} data-doubtful={doubtful} data-refused={failed !== undefined}>
      <MessageHead by={me.value} at={writtenAt} follows={follows} />
      <div class="body">
        {replyTo !== undefined && <Quote room={room} seq={replyTo} tabIndex={-1} />}
        <div class="text" dir="auto">
          {command === 'message:send' ? <MarkedText text={input.text} /> : summary(pendingCommand)}
        </div>
        {failed ? (
          <Decision words={`Not sent. ${faultText(failed.fault)}`} discard={() => room.dismissFailed(failed)}>
            <button type="button" onClick={() => retry(room, failed)}>
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
          <PendingLabel words="Sending…" />
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

function summary({ command, input }: PendingCommand): string {
  if (command === 'message:delete') return 'Delete a message'
  if (command === 'message:react') return `React with ${input.emoji}`
  return command === 'message:edit' ? `Edit: ${input.text}` : input.text
}
