import { effect, signal } from '@preact/signals'
import { faultText } from './fault-words.ts'
import { chat, connectionState, pendingCount, unpersistedCount } from './state.ts'

/** Problems shorter than this are not shown. A draining node hands its clients over in less time. */
const GRACE_MS = 1_000

const STORE_UNAVAILABLE = "Messages can't be delivered right now. We'll send yours as soon as the connection is back."
const UNPERSISTED = "Keep this page open until then: your browser couldn't save them."
const stateTexts = {
  // The client alternates between these two states while it reconnects, so both have the same text.
  offline: "You're offline. Reconnecting…",
  connecting: "You're offline. Reconnecting…",
  syncing: 'Reconnected. Catching up…',
}

/** True once messages could not be delivered for `GRACE_MS`. */
export const hasProblem = signal(false)
/** True when at least one connection attempt failed and none succeeded since. */
export const unreachable = signal(false)

export function watchConnection(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempted = false
  effect(() => {
    const { state, storeAway } = connectionState.value
    if (!chat.value || state === 'syncing' || state === 'live') unreachable.value = attempted = false
    else if (state === 'connecting') attempted = true
    else if (state === 'offline') unreachable.value = attempted
    if (!chat.value || (state === 'live' && !storeAway)) {
      clearTimeout(timer)
      timer = undefined
      hasProblem.value = false
    } else {
      timer ??= setTimeout(() => {
        hasProblem.value = true
      }, GRACE_MS)
    }
  })
}

/** Describes the problem and the number of unsent messages; empty without a problem. */
export function problemText(): string {
  const { state, fault } = connectionState.value
  if (!hasProblem.value || state === 'refused') return ''
  const what = state === 'live' ? STORE_UNAVAILABLE : fault ? faultText(fault) : stateTexts[state]
  return [what, unsentText(), unpersistedCount.value > 0 && UNPERSISTED].filter(Boolean).join(' ')
}

function unsentText(): string | false {
  if (pendingCount.value === 0) return false
  return pendingCount.value === 1 ? '1 unsent message.' : `${pendingCount.value} unsent messages.`
}
