import type { Message } from '../../sdk/timeline.ts'
import { plainText } from '../marked-text.ts'
import { Icon } from './icon.tsx'

interface Props {
  message: Message
  edits: boolean
  stop(): void
}

/** Shows the message that is being edited or replied to. */
export function ComposerContext({ message, edits, stop }: Props) {
  return (
    <div class="about">
      <Icon of={edits ? 'pencil' : 'reply'} />
      <p dir="auto">
        {edits ? (
          'Editing your message'
        ) : (
          <>
            Replying to <strong>{message.by.name}</strong>: {plainText(message.text)}
          </>
        )}
      </p>
      <button type="button" class="bare" aria-label="Cancel" title="Cancel (Escape)" onClick={stop}>
        <Icon of="close" />
      </button>
    </div>
  )
}
