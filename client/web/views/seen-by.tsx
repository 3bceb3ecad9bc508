import type { OpenRoom } from '../open-room.ts'
import { me, userNames } from '../users.ts'

const MAX_NAMES = 3

/** The users who have read the newest message, if the signed-in user wrote it. */
export function readers(room: OpenRoom): string[] {
  const last = room.messages.value.at(-1)
  if (!last || last.by.id !== me.value?.id) return []
  return [...room.receipts.value].flatMap(([id, seq]) => (seq >= last.seq && id !== me.value?.id ? [id] : []))
}

export function SeenBy({ room }: { room: OpenRoom }) {
  const known = readers(room).map((id) => userNames.value.get(id) ?? 'unknown user')
  const words = known.length > MAX_NAMES ? `${known.length} people` : known.join(', ')
  return (
    <p class="seen-by" title={known.join(', ')} dir="auto">
      Seen by {words}
    </p>
  )
}
