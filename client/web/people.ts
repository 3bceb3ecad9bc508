import { computed } from '@preact/signals'
import type { Status } from '../../protocol/people.ts'
import { open } from './state.ts'

/** Who is connected, as far as the rooms that we are in tell. */
export const present = computed<ReadonlyMap<string, Status>>(
  () => new Map([...open.value.values()].flatMap(({ members }) => members.value.map(({ id, status }) => [id, status]))),
)

export const statusWords: Record<Status, string> = { online: 'Online', away: 'Away', busy: 'Busy' }
