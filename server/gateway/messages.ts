import { HISTORY_DEFAULT_MESSAGES, PAGE_MAX_ENTRIES } from '../../protocol/limits.ts'
import type { AppendQueue } from '../domain/append-queue.ts'
import { refusals } from '../domain/appending.ts'
import type { Limits } from '../domain/limits.ts'
import { isNews } from '../domain/news.ts'
import type { Draft } from '../domain/ports.ts'
import type { Handlers } from './answer.ts'
import { deliveryCost } from './command-costs.ts'
import { type Connection, joined } from './connection.ts'
import { tellOther } from './direct-news.ts'
import type { House } from './hosted-room.ts'
import type { Typing } from './typing.ts'

type MessageHandlers = Pick<
  Handlers,
  'message:send' | 'message:edit' | 'message:delete' | 'message:react' | 'history:read'
>

export function messageHandlers({
  io,
  store,
  metrics,
  journal,
  typing,
  limits,
  queue,
}: House & { typing: Typing; limits: Limits; queue: AppendQueue }): MessageHandlers {
  return {
    'message:send': async ({ room, ...draft }, connection) => {
      const entry = await append(room, connection, { kind: 'message', ...draft, by: connection.user })
      typing.set(room, connection, false)
      tellOther(io, room, connection.user)
      return entry
    },

    'message:edit': ({ room, seq, ...draft }, connection) =>
      append(room, connection, { kind: 'edit', target: seq, ...draft, by: connection.user }),

    'message:delete': ({ room, seq, ...draft }, connection) =>
      append(room, connection, { kind: 'delete', target: seq, ...draft, by: connection.user }),

    'message:react': ({ room, seq, ...draft }, connection) =>
      append(room, connection, { kind: 'reaction', target: seq, ...draft, by: connection.user }),

    'history:read': ({ room, before, after, limit = HISTORY_DEFAULT_MESSAGES, epoch }, connection) =>
      connection.pages.take(async () => {
        joined(connection, room)
        const page = await store.log.read(room, { before, after, messages: limit, entries: PAGE_MAX_ENTRIES })
        if (epoch !== undefined && epoch !== page.epoch) throw refusals.stale_epoch()
        return page
      }),
  }

  async function append(room: string, connection: Connection, draft: Draft) {
    const hosted = joined(connection, room)
    limits.appendTo(room)
    await limits.roomCreation(connection.user.id, room, () => hosted.head === 0)
    connection.inbound.charge(deliveryCost(hosted.readers.size))
    const stored = metrics.append()
    const entry = await queue.run(() => store.log.append(room, draft))
    journal.appended(stored())
    if (!isNews(entry)) return entry
    metrics.accepted()
    if (draft.kind === 'message') {
      journal.record({ kind: 'message', way: connection.way, user: draft.by.id, bytes: Buffer.byteLength(draft.text) })
    }
    return entry
  }
}
