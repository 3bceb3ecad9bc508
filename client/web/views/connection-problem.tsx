import { problemText } from '../connection-problems.ts'
import { chat, connectionState } from '../state.ts'

/** The current connection problem; takes no space without one. */
export function ConnectionProblem() {
  const words = problemText()
  const { state } = connectionState.value
  return (
    <div class="trouble" data-state={state}>
      <p role="status" aria-label="Connection problem">
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
