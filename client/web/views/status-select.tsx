import type { Status } from '../../../protocol/people.ts'
import { setStatus } from '../session.ts'
import { status } from '../state.ts'

const words: Record<Status, string> = { online: 'Online', away: 'Away', busy: 'Busy' }

export function StatusSelect() {
  return (
    <select
      aria-label="Your status"
      value={status.value}
      onChange={(event) => setStatus(event.currentTarget.value as Status)}
    >
      {Object.entries(words).map(([status, word]) => (
        <option key={status} value={status}>
          {word}
        </option>
      ))}
    </select>
  )
}
