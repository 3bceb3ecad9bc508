import { ROOM_LIST_PAGE } from '../../../protocol/limits.ts'
import { FaultError, unavailable } from '../../domain/fault-error.ts'
import type { Limits } from '../../domain/limits.ts'
import type { LocalPresence } from '../../domain/local-presence.ts'
import type { Matchmaker } from '../../domain/matchmaker.ts'
import { admit, openDirect } from '../../domain/room-access.ts'
import { listByName, listSorted, summariesFor, withOthers } from '../../domain/room-list.ts'
import { requireJoined } from '../connection.ts'
import { notifyPartner } from '../direct-notifications.ts'
import { type Handlers, LazyResult } from '../dispatch.ts'
import type { RoomDeps } from '../room/hosted-room.ts'
import type { RoomLeaver } from '../room/leave-room.ts'
import type { RoomRegistry } from '../room/room-registry.ts'
import type { RoomFeed } from '../room-feed.ts'
import { roomStream } from '../socket-rooms.ts'

interface Deps extends RoomDeps {
  roomRegistry: RoomRegistry
  localPresence: LocalPresence
  roomLeaver: RoomLeaver
  matchmaker: Matchmaker
  feed: RoomFeed
  roomsPerConnection: number
  limits: Limits
}

type RoomHandlers = Pick<Handlers, 'room:join' | 'room:leave' | 'room:list' | 'direct:open' | 'members:read'>

export function roomHandlers({
  io,
  store,
  roomRegistry,
  localPresence,
  roomLeaver,
  matchmaker,
  feed,
  roomsPerConnection,
  limits,
}: Deps): RoomHandlers {
  return {
    'room:join': ({ room, ...position }, connection) =>
      connection.changeMembership(room, async () => {
        const { user, socket } = connection
        // On a rejoin the stream ends here, before the first await.
        socket.leave(roomStream(room))
        await admit(user, room, { rooms: store.rooms, isInMatch: (match) => matchmaker.enter(connection, match) })
        const joinedRoom = connection.rooms.get(room)
        if (!joinedRoom && connection.rooms.size >= roomsPerConnection) {
          throw new FaultError(
            'too_many',
            `Limit of ${roomsPerConnection} rooms per connection reached. Leave another room first.`,
          )
        }
        const hosted = joinedRoom ?? (await roomRegistry.acquire(room, connection))
        connection.rooms.set(room, hosted)
        try {
          await localPresence.enter(room, user, connection.id, connection.status)
          const prepared = await hosted.prepare(connection, position)
          return new LazyResult(() => {
            if (!socket.connected) throw unavailable('The connection was closed.')
            requireJoined(connection, room)
            return hosted.enter(connection, position, prepared)
          })
        } catch (error) {
          // After a failed rejoin the connection stays in the room without a stream, and may retry.
          if (!joinedRoom) void roomLeaver.leave(room, connection)
          throw error
        } finally {
          // The connection was closed during the join, after its other rooms had been left.
          if (!socket.connected) void roomLeaver.leave(room, connection)
        }
      }),

    'room:leave': ({ room }, connection) =>
      connection.changeMembership(room, async () => {
        requireJoined(connection, room)
        await roomLeaver.leave(room, connection)
        return {}
      }),

    'members:read': ({ room, ...page }, connection) => requireJoined(connection, room).presence.page(page),

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
      // Only on creation: opening an existing direct room is no activity.
      if (isNew) notifyPartner(io, room, user)
      return { room }
    },
  }
}
