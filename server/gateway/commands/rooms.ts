import { ROOM_LIST_PAGE } from '../../../protocol/limits.ts'
import { FaultError, unavailable } from '../../domain/fault-error.ts'
import type { Limits } from '../../domain/limits.ts'
import type { LocalPresence } from '../../domain/local-presence.ts'
import type { Matchmaker } from '../../domain/matchmaker.ts'
import { admit, openDirect } from '../../domain/room-access.ts'
import { listByName, listSorted, summariesFor, withOthers } from '../../domain/room-list.ts'
import { joined } from '../connection.ts'
import { notifyOther } from '../direct-notifications.ts'
import { AfterAck, type Handlers } from '../dispatch.ts'
import type { RoomDeps } from '../room/hosted-room.ts'
import type { RoomLeaver } from '../room/leave-room.ts'
import type { RoomRegistry } from '../room/room-registry.ts'
import type { RoomFeed } from '../room-feed.ts'
import { streamOf } from '../socket-rooms.ts'

interface Deps extends RoomDeps {
  hosting: RoomRegistry
  attendance: LocalPresence
  leaving: RoomLeaver
  matchmaker: Matchmaker
  feed: RoomFeed
  roomsPerConnection: number
  limits: Limits
}

type RoomHandlers = Pick<Handlers, 'room:join' | 'room:leave' | 'room:list' | 'direct:open' | 'members:read'>

export function roomHandlers({
  io,
  store,
  hosting,
  attendance,
  leaving,
  matchmaker,
  feed,
  roomsPerConnection,
  limits,
}: Deps): RoomHandlers {
  return {
    'room:join': ({ room, ...position }, connection) =>
      connection.settle(room, async () => {
        const { user, socket } = connection
        // The stream of one who is in the room already ends here, before anything is waited for.
        socket.leave(streamOf(room))
        await admit(user, room, { rooms: store.rooms, isInMatch: (match) => matchmaker.enter(connection, match) })
        const before = connection.rooms.get(room)
        if (!before && connection.rooms.size >= roomsPerConnection) {
          throw new FaultError(
            'too_many',
            `A connection is in ${roomsPerConnection} rooms at most. Leave another one first.`,
          )
        }
        const hosted = before ?? (await hosting.acquire(room, connection))
        connection.rooms.set(room, hosted)
        try {
          await attendance.enter(room, user, connection.id, connection.status)
          const prepared = await hosted.prepare(connection, position)
          return new AfterAck(() => {
            if (!socket.connected) throw unavailable('The connection ended.')
            joined(connection, room)
            return hosted.enter(connection, position, prepared)
          })
        } catch (error) {
          // Who was in the room stays in it, without a stream, and may try again.
          if (!before) void leaving.leave(room, connection)
          throw error
        } finally {
          // It went away while it was entering, after its rooms were left.
          if (!socket.connected) void leaving.leave(room, connection)
        }
      }),

    'room:leave': ({ room }, connection) =>
      connection.settle(room, async () => {
        joined(connection, room)
        await leaving.leave(room, connection)
        return {}
      }),

    'members:read': ({ room, ...page }, connection) => joined(connection, room).view.page(page),

    'room:list': async ({ after, limit = ROOM_LIST_PAGE, order, query }, connection) => {
      const { rooms: roomStore, users } = store
      const { id } = connection.user
      const isWatching = order !== undefined || query !== undefined
      if (isWatching) feed.watch(connection)
      const { states, next } =
        order === 'activity' || query
          ? await listSorted({ rooms: roomStore, users, directory: feed.directory }, id, {
              order: order ?? 'name',
              query,
              after,
              limit,
            })
          : await listByName(roomStore, id, { after, limit })
      const summaries = await withOthers(users, id, await summariesFor(roomStore, id, states))
      const rooms = isWatching
        ? summaries.map((one, i) => ({ ...one, epoch: states[i]!.epoch, messages: states[i]!.messages }))
        : summaries
      return { rooms, ...(next !== undefined && { next }) }
    },

    'direct:open': async ({ user: other }, { user }) => {
      await limits.takeDirectOpen(user.id)
      const { room, isNew } = await openDirect(user, other, store)
      // Once: whoever opens it again has said nothing.
      if (isNew) notifyOther(io, room, user)
      return { room }
    },
  }
}
