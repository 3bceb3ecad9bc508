import type { Status } from '../../../protocol/people.ts'
import { statusLabels } from '../people.ts'
import { chosenStatus, setStatus } from '../status.ts'

export function StatusSelect() {
  return (
    <select
      aria-label="Your status"
      value={chosenStatus.value}
      onChange={(event) => setStatus(event.currentTarget.value as Status)}
    >
      {Object.entries(statusLabels).map(([status, word]) => (
        <option key={status} value={status}>
          {word}
        </option>
      ))}
    </select>
  )
}
