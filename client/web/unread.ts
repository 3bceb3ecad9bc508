import { computed } from '@preact/signals'
import { isDirect } from './room-names.ts'
import { open, summaries } from './state.ts'

/** In all rooms that we care about: those we are in, those we have read in, and our direct ones. */
export const unread = computed(() => {
  const listed = summaries.value.filter(({ room, read }) => read > 0 || isDirect(room))
  const counts = new Map(listed.map(({ room, unread }) => [room, unread]))
  for (const room of open.value.values()) counts.set(room.name, room.unread.value)
  return counts
})
