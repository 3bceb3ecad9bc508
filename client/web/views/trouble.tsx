import { condition, unkept, waiting } from '../state.ts'
import { words } from './connection-line.tsx'

const STORE_AWAY = 'Messages cannot be delivered right now; yours will be sent as soon as they can.'
const UNKEPT = 'Leave this page open until then: your browser has no space to keep them.'

/** What stands between the writer and the others. */
export function Trouble() {
  const { state, storeAway } = condition.value
  if (state === 'live' && !storeAway) return null
  const count = waiting.value
  const those = count === 1 ? 'One message waits to be sent.' : `${count} messages wait to be sent.`
  const sentences = [state === 'live' ? STORE_AWAY : words[state], count > 0 && those, unkept.value > 0 && UNKEPT]
  return (
    <p class="trouble" role="status" aria-label="Trouble">
      {sentences.filter(Boolean).join(' ')}
    </p>
  )
}
