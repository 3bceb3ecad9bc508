import type { Message } from '../../sdk/timeline.ts'
import { withoutMarks } from '../marked-text.ts'
import { Icon } from './icon.tsx'

interface Props {
  message: Message
  edits: boolean
  stop(): void
}

/** What one is about to change, or to answer. */
export function About({ message, edits, stop }: Props) {
  return (
    <div class="about">
      <Icon of={edits ? 'pencil' : 'reply'} />
      <p dir="auto">
        {edits ? (
          'Editing your message'
        ) : (
          <>
            Replying to <strong>{message.by.name}</strong>: {withoutMarks(message.text)}
          </>
        )}
      </p>
      <button type="button" class="bare" aria-label="Cancel" title="Cancel (Escape)" onClick={stop}>
        <Icon of="close" />
      </button>
    </div>
  )
}
