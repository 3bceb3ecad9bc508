import { plainText } from '../marked-text.ts'
import type { OpenRoom } from '../open-room.ts'
import { notice } from '../state.ts'

interface Props {
  room: OpenRoom
  seq: number
  tabIndex: number
}

/** The quoted message of a reply; a click scrolls to it, and loads older pages if necessary. */
export function Quote({ room, seq, tabIndex }: Props) {
  const message = room.quotedMessage(seq)
  const go = async () => {
    if (!(await room.scrollToMessage(seq))) notice.value = "That message was removed or can't be loaded."
  }
  return (
    <button type="button" class="quote" tabIndex={tabIndex} dir="auto" onClick={go}>
      {message ? (
        <>
          <strong>{message.by.name}</strong> {message.deleted ? <em>deleted</em> : plainText(message.text)}
        </>
      ) : (
        'An earlier message'
      )}
    </button>
  )
}
