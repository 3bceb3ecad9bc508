import { HISTORY_DEFAULT_MESSAGES, PAGE_MAX_ENTRIES } from '../../../protocol/limits.ts'
import { appendFaults } from '../../domain/append-rules.ts'
import type { Draft } from '../../domain/ports.ts'
import type { MessagePoster } from '../../domain/post-message.ts'
import { deliveryCost } from '../command-costs.ts'
import { type Connection, requireJoined } from '../connection.ts'
import type { Handlers } from '../dispatch.ts'
import type { RoomDeps } from '../room/hosted-room.ts'

type MessageHandlers = Pick<
  Handlers,
  'message:send' | 'message:edit' | 'message:delete' | 'message:react' | 'history:read'
>

export function messageHandlers({ store, poster }: RoomDeps & { poster: MessagePoster }): MessageHandlers {
  return {
    'message:send': ({ room, ...draft }, connection) =>
      append(room, connection, { kind: 'message', ...draft, by: connection.user }),

    'message:edit': ({ room, seq, ...draft }, connection) =>
      append(room, connection, { kind: 'edit', target: seq, ...draft, by: connection.user }),

    'message:delete': ({ room, seq, ...draft }, connection) =>
      append(room, connection, { kind: 'delete', target: seq, ...draft, by: connection.user }),

    'message:react': ({ room, seq, ...draft }, connection) =>
      append(room, connection, { kind: 'reaction', target: seq, ...draft, by: connection.user }),

    'history:read': ({ room, before, after, limit = HISTORY_DEFAULT_MESSAGES, epoch }, connection) =>
      connection.pageQueue.run(async () => {
        requireJoined(connection, room)
        const page = await store.log.read(room, { before, after, messages: limit, entries: PAGE_MAX_ENTRIES })
        if (epoch !== undefined && epoch !== page.epoch) throw appendFaults.stale_epoch()
        return page
      }),
  }

  async function append(room: string, connection: Connection, draft: Draft) {
    const hosted = requireJoined(connection, room)
    connection.inbound.charge(deliveryCost(hosted.readers.size))
    const isNewRoom = () => hosted.head === 0
    const { way, user } = connection
    const { entry } = await poster.post(room, draft, { way, connection, creator: user.id, isNewRoom })
    return entry
  }
}
