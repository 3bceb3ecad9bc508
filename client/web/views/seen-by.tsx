import type { OpenRoom } from '../open-room.ts'
import { me, names } from '../state.ts'

/** Who has read the last thing that we said, while nobody else has said more. */
export function SeenBy({ room }: { room: OpenRoom }) {
  const last = room.messages.value.at(-1)
  if (!last || last.by.id !== me.value?.id) return null
  const readers = [...room.receipts.value].flatMap(([id, seq]) => (seq >= last.seq && id !== me.value?.id ? [id] : []))
  if (readers.length === 0) return null
  const known = readers.map((id) => names.value.get(id) ?? 'somebody')
  const words = known.length > 3 ? `${known.length} people` : known.join(', ')
  return <p class="seen-by">Seen by {words}</p>
}
