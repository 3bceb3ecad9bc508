import type { Matchmaker } from '../../domain/matchmaker.ts'
import type { Handlers } from '../dispatch.ts'
import type { RoomLeaver } from '../room/leave-room.ts'

interface Deps {
  matchmaker: Matchmaker
  roomLeaver: RoomLeaver
}

export function matchHandlers({ matchmaker, roomLeaver }: Deps): Pick<Handlers, 'match:find' | 'match:leave'> {
  return {
    'match:find': async (_, connection) => {
      await matchmaker.find(connection)
      return {}
    },

    'match:leave': async (_, connection) => {
      const room = await matchmaker.leave(connection)
      if (room !== undefined) await roomLeaver.leaveAfterPending(room, connection)
      return {}
    },
  }
}
