import type { Matchmaker } from '../../domain/matchmaker.ts'
import type { Handlers } from '../dispatch.ts'
import type { RoomLeaver } from '../room/leave-room.ts'

interface Deps {
  matchmaker: Matchmaker
  leaving: RoomLeaver
}

export function matchHandlers({ matchmaker, leaving }: Deps): Pick<Handlers, 'match:find' | 'match:leave'> {
  return {
    'match:find': async (_, connection) => {
      await matchmaker.find(connection)
      return {}
    },

    'match:leave': async (_, connection) => {
      const room = await matchmaker.leave(connection)
      if (room !== undefined) await leaving.dismiss(room, connection)
      return {}
    },
  }
}
