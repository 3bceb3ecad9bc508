import { effect, signal } from '@preact/signals'
import { faultText } from './fault-words.ts'
import { chat, connectionState, unkept, waiting } from './state.ts'

/** What passes sooner is nobody's trouble: a node that leaves hands its people over in less. */
const PATIENCE_MS = 1_000

const STORE_AWAY = 'Messages cannot be delivered right now; yours will be sent as soon as they can.'
const UNKEPT = 'Leave this page open until then: your browser has no space to keep them.'
const states = {
  // Said once for both, since they take turns.
  offline: 'You are offline. Trying again…',
  connecting: 'You are offline. Trying again…',
  syncing: 'Back again. Reading what you missed…',
}

/** Whether something has stood between the writer and the others for a while. */
export const hasProblem = signal(false)
/** An attempt has failed, and none succeeded since. */
export const unreachable = signal(false)

export function watchConnection(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let tried = false
  effect(() => {
    const { state, storeAway } = connectionState.value
    if (!chat.value || state === 'syncing' || state === 'live') unreachable.value = tried = false
    else if (state === 'connecting') tried = true
    else if (state === 'offline') unreachable.value = tried
    if (!chat.value || (state === 'live' && !storeAway)) {
      clearTimeout(timer)
      timer = undefined
      hasProblem.value = false
    } else {
      timer ??= setTimeout(() => {
        hasProblem.value = true
      }, PATIENCE_MS)
    }
  })
}

/** What it is, and what waits meanwhile; nothing, while all is well. */
export function problemText(): string {
  const { state, fault } = connectionState.value
  if (!hasProblem.value || state === 'refused') return ''
  const what = state === 'live' ? STORE_AWAY : fault ? faultText(fault) : states[state]
  return [what, unsentText(), unkept.value > 0 && UNKEPT].filter(Boolean).join(' ')
}

function unsentText(): string | false {
  if (waiting.value === 0) return false
  return waiting.value === 1 ? 'One message waits to be sent.' : `${waiting.value} messages wait to be sent.`
}
