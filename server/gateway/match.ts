import type { Matchmaker, Seeker } from '../domain/matchmaker.ts'
import type { Handlers } from './answer.ts'
import type { Connection } from './connection.ts'
import type { Leaving } from './leaving.ts'

interface Parts {
  matchmaker: Matchmaker
  leaving: Leaving
}

export function matchHandlers({ matchmaker, leaving }: Parts): Pick<Handlers, 'match:find' | 'match:leave'> {
  return {
    'match:find': async (_, { seeker }) => {
      await matchmaker.find(seeker)
      return {}
    },

    'match:leave': async (_, connection) => {
      const room = await matchmaker.leave(connection.seeker)
      if (room !== undefined) await leaving.dismiss(room, connection)
      return {}
    },
  }
}

/** The connection that `of` answers with, as the matchmaker sees it. */
export const seekerOf = (of: () => Connection, leaving: Leaving): Seeker => ({
  get user() {
    return of().user
  },
  found: (pair) => of().socket.emit('match:found', pair),
  ended: (room) => {
    void leaving.dismiss(room, of()).then(() => of().socket.emit('match:ended', { room }))
  },
})
