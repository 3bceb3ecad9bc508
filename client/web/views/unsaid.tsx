import type { Letter } from '../../sdk/letter.ts'
import type { OpenRoom } from '../open-room.ts'
import { discard, sendAgain } from '../saying.ts'

/** What the room does not show yet, and what may have been sent, which only its author can decide about. */
export function Unsaid({ room }: { room: OpenRoom }) {
  return (
    <>
      {room.unsaid.value.map((letter) => (
        <p key={letter.input.clientId} class="unsaid" data-doubtful={letter.doubtful}>
          {gist(letter)} <small>{letter.doubtful ? 'may have been sent' : 'sending…'}</small>
          {letter.doubtful && (
            <span class="choice">
              <button type="button" onClick={() => sendAgain(letter.input.clientId)}>
                Send again
              </button>
              <button type="button" onClick={() => discard(letter.input.clientId)}>
                Discard
              </button>
            </span>
          )}
        </p>
      ))}
    </>
  )
}

function gist({ command, input }: Letter): string {
  if (command === 'message:delete') return 'Your deletion of a message'
  if (command === 'message:react') return `Your reaction ${input.emoji}`
  return command === 'message:edit' ? `Your edit: ${input.text}` : input.text
}
