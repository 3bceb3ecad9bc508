import { computed } from '@preact/signals'
import { mentions } from './mentions.ts'
import type { OpenRoom } from './open-room.ts'
import { isDirect } from './room-names.ts'
import { open, summaries } from './state.ts'
import { me } from './users.ts'

export interface Unread {
  /** Messages of others that were not looked at yet. */
  readonly count: number
  /** Those of them that are meant for oneself: by one's name, or because nobody else is there. */
  readonly forMe: number
}

/** In the rooms that we are in, and in our direct ones. */
export const unread = computed<ReadonlyMap<string, Unread>>(() => {
  const counts = new Map<string, Unread>()
  for (const { room, unread } of summaries.value) if (isDirect(room)) counts.set(room, { count: unread, forMe: unread })
  for (const room of open.value.values()) {
    const count = room.unread.value
    counts.set(room.name, { count, forMe: isDirect(room.name) ? count : mentioning(room, count) })
  }
  return counts
})

export const forMe = computed(() => [...unread.value.values()].reduce((sum, { forMe }) => sum + forMe, 0))

function mentioning(room: OpenRoom, count: number): number {
  const self = me.value
  if (count === 0 || !self) return 0
  const read = room.read.value ?? Number.POSITIVE_INFINITY
  return room.messages.value.filter(({ seq, by, text }) => seq > read && by.id !== self.id && mentions(text, self.name))
    .length
}
