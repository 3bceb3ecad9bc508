import { withoutMarks } from '../marked-text.ts'
import type { OpenRoom } from '../open-room.ts'
import { notice } from '../state.ts'

interface Props {
  room: OpenRoom
  seq: number
  tabIndex: number
}

/** The message that another one answers; a click goes there, however far back it is. */
export function Quote({ room, seq, tabIndex }: Props) {
  const message = room.answered(seq)
  const go = async () => {
    if (!(await room.goTo(seq))) notice.value = 'That message is no longer there, or cannot be read just now.'
  }
  return (
    <button type="button" class="quote" tabIndex={tabIndex} dir="auto" onClick={go}>
      {message ? (
        <>
          <strong>{message.by.name}</strong> {message.deleted ? <em>deleted</em> : withoutMarks(message.text)}
        </>
      ) : (
        'An earlier message'
      )}
    </button>
  )
}
