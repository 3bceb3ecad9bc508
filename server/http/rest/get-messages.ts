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
      description: 'The random name of this life of the room’s log; under another one, begin anew.',
    }),
    head: z.int().meta({ description: 'The newest seq of the room, 0 in an empty one.' }),
    messages: z.array(Message).meta({ description: 'In the room’s order.' }),
    changes: z.array(Entry.meta({ id: 'Entry' })).meta({
      description:
        'Edits, deletions and reactions between and after these messages, as the socket door tells them; a `target` may be a message of an earlier page.',
    }),
    more: z.boolean().meta({
      description: 'There are further ones: newer ones when you gave `since` or `after`, else older ones.',
    }),
    truncated: z.boolean().meta({ description: 'Some after the point that you named are gone for good: trimmed.' }),
    next: z.int().meta({ description: 'Give it as `after` to go on exactly behind this page.' }),
  })
  .meta({ id: 'Messages' })

export const getMessages = endpoint({
  method: 'get',
  path: '/getMessages',
  title: 'Read a room',
  description:
    'The newest messages of a room; with `since` or `after` those behind that point, the oldest first. To follow a room, ask again with the `timestamp` of the newest one that you have as `since`, or, exactly, with `next` as `after`. A page by `since` ends between two milliseconds: it may hold a few messages less than `limit`, or more, when more were said in one.',
  input: z
    .strictObject({ roomId: RoomId, limit: Limit, since: Since, after: After })
    .refine(({ since, after }) => since === undefined || after === undefined, {
      error: 'Give since or after, not both.',
    }),
  value: Messages,
  status: 200,
  faults: ['not_admitted', 'reserved_room'],

  async answer({ roomId, limit, since, after }, asker, parts) {
    await requireRoomAccess(roomId, asker, parts)
    const { log } = parts.store
    const most = { messages: limit, entries: PAGE_MAX_ENTRIES }
    const page =
      since === undefined ? await log.read(roomId, { after, ...most }) : await pageSince(log, roomId, since, most)
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
  most: { messages: number; entries: number },
): Promise<Page> {
  const after = await lastSeqAt(log, room, since)
  return endBetweenMilliseconds(log, room, await log.read(room, { after, ...most }))
}
