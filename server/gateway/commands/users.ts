import { RECEIPTS_ROOM_MAX } from '../../../protocol/limits.ts'
import { isDirect } from '../../../protocol/room.ts'
import { clusterStats } from '../../domain/cluster-stats.ts'
import type { LocalPresence } from '../../domain/local-presence.ts'
import { joined } from '../connection.ts'
import type { Handlers } from '../dispatch.ts'
import type { Receipts } from '../receipts.ts'
import type { RoomDeps } from '../room/hosted-room.ts'
import type { RoomFeed } from '../room-feed.ts'
import type { Typing } from '../typing.ts'

interface Deps extends RoomDeps {
  attendance: LocalPresence
  typing: Typing
  receipts: Receipts
  feed: RoomFeed
}

type UserHandlers = Pick<Handlers, 'typing:set' | 'status:set' | 'receipt:set' | 'stats:get' | 'ping'>

export function userHandlers({ store, journal, attendance, typing, receipts, feed }: Deps): UserHandlers {
  return {
    'typing:set': ({ room, typing: on }, connection) => {
      joined(connection, room)
      typing.set(room, connection, on)
      return {}
    },

    'status:set': async ({ status }, connection) => {
      connection.status = status
      const rooms = [...connection.rooms.keys()]
      await Promise.all(rooms.map((room) => attendance.enter(room, connection.user, connection.id, status)))
      return {}
    },

    'receipt:set': async ({ room, seq, epoch }, connection) => {
      const { view } = joined(connection, room)
      const further = await store.rooms.markRead(room, connection.user.id, seq, epoch)
      const small = isDirect(room) || view.online <= RECEIPTS_ROOM_MAX
      if (further) feed.read(room, connection.user.id)
      if (further && small) receipts.set(room, connection.user.id, seq)
      return {}
    },

    'stats:get': () => clusterStats(store.nodes, journal),

    ping: () => ({ serverTime: store.now() }),
  }
}
