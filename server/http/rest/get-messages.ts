import { z } from 'zod'
import { Entry, Epoch } from '../../../protocol/entry.ts'
import { PAGE_MAX_ENTRIES } from '../../../protocol/limits.ts'
import { RoomName } from '../../../protocol/room.ts'
import type { Page, RoomLog } from '../../domain/ports.ts'
import { endpoint } from './endpoint.ts'
import { After, Limit, RoomId, Since } from './fields.ts'
import { Message, messagesIn } from './message.ts'
import { endBetweenMilliseconds, lastSeqAt } from './moments.ts'
import { requireRoomAccess } from './sender.ts'

const Messages = z
  .object({
    roomId: RoomName,
    epoch: Epoch.meta({
      description: 'Random id of the room’s log. If it changes, the log was reset: read the room again from the start.',
    }),
    head: z.int().meta({ description: 'Newest sequence number of the room; 0 if the room is empty.' }),
    messages: z.array(Message).meta({ description: 'In the order of the room’s log.' }),
    changes: z.array(Entry.meta({ id: 'Entry' })).meta({
      description:
        'Edits, deletions and reactions between and after these messages, in the form of the socket protocol. A `target` may be a message of an earlier page.',
    }),
    more: z.boolean().meta({
      description: 'Whether there are more messages: newer ones with `since` or `after`, otherwise older ones.',
    }),
    truncated: z.boolean().meta({ description: 'Some messages after `since` or `after` were deleted by retention.' }),
    next: z.int().meta({ description: 'Pass it as `after` to read the next page.' }),
  })
  .meta({ id: 'Messages' })

export const getMessages = endpoint({
  method: 'get',
  path: '/getMessages',
  title: 'Read messages',
  description:
    'Returns the newest messages of a room; with `since` or `after`, the messages after that point, oldest first. To follow a room, poll with `next` as `after` (exact), or with the `timestamp` of the newest message as `since`. A page requested with `since` never splits a millisecond, so it may contain slightly fewer or more messages than `limit`.',
  input: z
    .strictObject({ roomId: RoomId, limit: Limit, since: Since, after: After })
    .refine(({ since, after }) => since === undefined || after === undefined, {
      error: 'Pass since or after, not both.',
    }),
  value: Messages,
  status: 200,
  faults: ['not_admitted', 'reserved_room'],

  async answer({ roomId, limit, since, after }, requester, deps) {
    await requireRoomAccess(roomId, requester, deps)
    const { log } = deps.store
    const limits = { messages: limit, entries: PAGE_MAX_ENTRIES }
    const page =
      since === undefined ? await log.read(roomId, { after, ...limits }) : await pageSince(log, roomId, since, limits)
    const { epoch, head, entries, more, truncated } = page
    return {
      roomId,
      epoch,
      head,
      messages: messagesIn(entries),
      changes: entries.filter(({ kind }) => kind !== 'message'),
      more,
      truncated,
      next: entries.at(-1)?.seq ?? head,
    }
  },
})

async function pageSince(
  log: RoomLog,
  room: string,
  since: number,
  limits: { messages: number; entries: number },
): Promise<Page> {
  const after = await lastSeqAt(log, room, since)
  return endBetweenMilliseconds(log, room, await log.read(room, { after, ...limits }))
}
