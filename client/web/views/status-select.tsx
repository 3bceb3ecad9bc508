import type { Status } from '../../../protocol/people.ts'
import { statusWords } from '../people.ts'
import { setStatus, wish } from '../status.ts'

export function StatusSelect() {
  return (
    <select
      aria-label="Your status"
      value={wish.value}
      onChange={(event) => setStatus(event.currentTarget.value as Status)}
    >
      {Object.entries(statusWords).map(([status, word]) => (
        <option key={status} value={status}>
          {word}
        </option>
      ))}
    </select>
  )
}
