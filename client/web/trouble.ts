import { effect, signal } from '@preact/signals'
import { inWords } from './fault-words.ts'
import { condition, unkept, waiting } from './state.ts'

/** What passes sooner is nobody's trouble: a node that leaves hands its people over in less. */
const PATIENCE_MS = 1_000

const STORE_AWAY = 'Messages cannot be delivered right now; yours will be sent as soon as they can.'
const UNKEPT = 'Leave this page open until then: your browser has no space to keep them.'
const states = {
  offline: 'You are offline. Trying again…',
  connecting: 'You are offline. Connecting…',
  'catching up': 'Back again. Reading what you missed…',
}

/** Whether something has stood between the writer and the others for a while. */
export const troubled = signal(false)

export function startTrouble(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  effect(() => {
    const { state, storeAway } = condition.value
    if (state === 'live' && !storeAway) {
      clearTimeout(timer)
      timer = undefined
      troubled.value = false
    } else {
      timer ??= setTimeout(() => {
        troubled.value = true
      }, PATIENCE_MS)
    }
  })
}

/** What it is, and what waits meanwhile; nothing, while all is well. */
export function troubleInWords(): string {
  const { state, fault } = condition.value
  if (!troubled.value || state === 'refused') return ''
  const what = state === 'live' ? STORE_AWAY : fault ? inWords(fault) : states[state]
  return [what, waitingInWords(), unkept.value > 0 && UNKEPT].filter(Boolean).join(' ')
}

function waitingInWords(): string | false {
  if (waiting.value === 0) return false
  return waiting.value === 1 ? 'One message waits to be sent.' : `${waiting.value} messages wait to be sent.`
}
