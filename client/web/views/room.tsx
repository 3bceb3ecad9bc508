import type { OpenRoom } from '../open-room.ts'
import { isDirect, titleOf } from '../room-names.ts'
import { leaveRoom } from '../rooms.ts'
import { LOBBY, panel } from '../state.ts'
import { Composer } from './composer.tsx'
import { Log } from './log.tsx'
import { Trouble } from './trouble.tsx'
import { TypingLine } from './typing-line.tsx'

export function Room({ room }: { room: OpenRoom }) {
  const title = titleOf(room.name)
  const turn = (side: 'rooms' | 'members') => () => {
    panel.value = panel.value === side ? undefined : side
  }
  return (
    <main class="room">
      <header>
        <button type="button" class="narrow" aria-expanded={panel.value === 'rooms'} onClick={turn('rooms')}>
          Rooms
        </button>
        <h1>{title}</h1>
        {room.name !== LOBBY && (
          <button type="button" onClick={() => leaveRoom(room.name)}>
            {isDirect(room.name) ? 'Close' : 'Leave'}
          </button>
        )}
        <button type="button" class="narrow" aria-expanded={panel.value === 'members'} onClick={turn('members')}>
          {room.online.value} here
        </button>
      </header>
      <Log room={room} />
      <TypingLine typing={room.typing.value} />
      <Trouble />
      <Composer room={room} />
    </main>
  )
}
