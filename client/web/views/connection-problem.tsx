import { problemText } from '../connection-problems.ts'
import { chat, connectionState } from '../state.ts'

/** What stands between the writer and the others, in a line that takes no room while there is nothing. */
export function ConnectionProblem() {
  const words = problemText()
  const { state } = connectionState.value
  return (
    <div class="trouble" data-state={state}>
      <p role="status" aria-label="Trouble">
        {words}
      </p>
      {words && (state === 'offline' || state === 'connecting') && (
        <button type="button" onClick={() => chat.value?.connect()}>
          Try now
        </button>
      )}
    </div>
  )
}
