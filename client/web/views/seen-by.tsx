import type { OpenRoom } from '../open-room.ts'
import { me, names } from '../users.ts'

const NAMED_MOST = 3

/** Who has read the last thing that we said, while nobody else has said more. */
export function readers(room: OpenRoom): string[] {
  const last = room.messages.value.at(-1)
  if (!last || last.by.id !== me.value?.id) return []
  return [...room.receipts.value].flatMap(([id, seq]) => (seq >= last.seq && id !== me.value?.id ? [id] : []))
}

export function SeenBy({ room }: { room: OpenRoom }) {
  const known = readers(room).map((id) => names.value.get(id) ?? 'somebody')
  const words = known.length > NAMED_MOST ? `${known.length} people` : known.join(', ')
  return (
    <p class="seen-by" title={known.join(', ')} dir="auto">
      Seen by {words}
    </p>
  )
}
