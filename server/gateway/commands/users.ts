import { RECEIPTS_ROOM_MAX } from '../../../protocol/limits.ts'
import { isDirect } from '../../../protocol/room.ts'
import { clusterStats } from '../../domain/cluster-stats.ts'
import type { LocalPresence } from '../../domain/local-presence.ts'
import { requireJoined } from '../connection.ts'
import type { Handlers } from '../dispatch.ts'
import type { Receipts } from '../receipts.ts'
import type { RoomDeps } from '../room/hosted-room.ts'
import type { RoomFeed } from '../room-feed.ts'
import type { Typing } from '../typing.ts'

interface Deps extends RoomDeps {
  localPresence: LocalPresence
  typing: Typing
  receipts: Receipts
  feed: RoomFeed
}

type UserHandlers = Pick<Handlers, 'typing:set' | 'status:set' | 'receipt:set' | 'stats:get' | 'ping'>

export function userHandlers({ store, journal, localPresence, typing, receipts, feed }: Deps): UserHandlers {
  return {
    'typing:set': ({ room, typing: isTyping }, connection) => {
      requireJoined(connection, room)
      typing.set(room, connection, isTyping)
      return {}
    },

    'status:set': async ({ status }, connection) => {
      connection.status = status
      const rooms = [...connection.rooms.keys()]
      await Promise.all(rooms.map((room) => localPresence.enter(room, connection.user, connection.id, status)))
      return {}
    },

    'receipt:set': async ({ room, seq, epoch }, connection) => {
      const { presence: view } = requireJoined(connection, room)
      const hasMoved = await store.rooms.markRead(room, connection.user.id, seq, epoch)
      const isSmall = isDirect(room) || view.online <= RECEIPTS_ROOM_MAX
      if (hasMoved) feed.markRead(room, connection.user.id)
      if (hasMoved && isSmall) receipts.set(room, connection.user.id, seq)
      return {}
    },

    'stats:get': () => clusterStats(store.nodes, journal),

    ping: () => ({ serverTime: store.now() }),
  }
}
