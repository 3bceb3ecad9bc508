import { computed } from '@preact/signals'
import type { Status } from '../../protocol/people.ts'
import { openRooms } from './state.ts'

/** The status of every user who is online in one of the joined rooms, by user id. */
export const presence = computed<ReadonlyMap<string, Status>>(
  () =>
    new Map(
      [...openRooms.value.values()].flatMap(({ members }) => members.value.map(({ id, status }) => [id, status])),
    ),
)

export const statusLabels: Record<Status, string> = { online: 'Online', away: 'Away', busy: 'Busy' }
