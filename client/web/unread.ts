import { computed } from '@preact/signals'
import { mentions } from './mentions.ts'
import type { OpenRoom } from './open-room.ts'
import { isDirect } from './room-names.ts'
import { openRooms, summaries } from './state.ts'
import { me } from './users.ts'

export interface Unread {
  /** Unread messages of other users. */
  readonly count: number
  /** Unread messages that mention the user, or all of them in a direct room. */
  readonly highlights: number
}

/** Unread counts of joined and direct rooms, by room name. */
export const unread = computed<ReadonlyMap<string, Unread>>(() => {
  const counts = new Map<string, Unread>()
  for (const { room, unread } of summaries.value)
    if (isDirect(room)) counts.set(room, { count: unread, highlights: unread })
  for (const room of openRooms.value.values()) {
    const count = room.unread.value
    counts.set(room.name, { count, highlights: isDirect(room.name) ? count : countMentions(room, count) })
  }
  return counts
})

export const totalHighlights = computed(() =>
  [...unread.value.values()].reduce((sum, { highlights: forMe }) => sum + forMe, 0),
)

function countMentions(room: OpenRoom, count: number): number {
  const self = me.value
  if (count === 0 || !self) return 0
  const read = room.lastRead.value ?? Number.POSITIVE_INFINITY
  return room.messages.value.filter(({ seq, by, text }) => seq > read && by.id !== self.id && mentions(text, self.name))
    .length
}
