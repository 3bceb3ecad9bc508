import type { OpenRoom } from '../open-room.ts'
import { Composer } from './composer.tsx'
import { ConnectionProblem } from './connection-problem.tsx'
import { Log } from './log.tsx'
import { RoomHeader } from './room-header.tsx'
import { TypingLine } from './typing-line.tsx'

export function Room({ room }: { room: OpenRoom }) {
  return (
    <main class="room" tabIndex={-1}>
      <RoomHeader room={room} />
      <ConnectionProblem />
      <Log room={room} />
      <TypingLine typing={room.typing.value} />
      <Composer room={room} />
    </main>
  )
}
