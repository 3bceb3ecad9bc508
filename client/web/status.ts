import { computed, effect, signal } from '@preact/signals'
import type { Status } from '../../protocol/people.ts'
import { storedValue } from './local-storage.ts'
import { chat } from './state.ts'

/** A user without input for this long is shown as away. */
export const IDLE_AFTER_MS = 5 * 60_000
const ACTIVITY_EVENTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'focus'] as const

const stored = storedValue<Status>('hubbub.status', 'online')
/** The status that the user selected. */
export const chosenStatus = signal<Status>(stored.read())
const idle = signal(false)

/** The status that other users see. Only `online` turns into `away`; `busy` stays. */
export const status = computed<Status>(() =>
  idle.value && chosenStatus.value === 'online' ? 'away' : chosenStatus.value,
)

export function setStatus(status: Status): void {
  chosenStatus.value = status
  stored.write(status)
}

/** Called on sign-out, because another user may sign in next. */
export const resetStatus = (): void => setStatus('online')

/** Sends the status to the server, and detects inactivity. A page that becomes visible counts as activity. */
export function startStatus(): void {
  let timer: ReturnType<typeof setTimeout>
  const onActivity = () => {
    idle.value = false
    clearTimeout(timer)
    timer = setTimeout(() => {
      idle.value = true
    }, IDLE_AFTER_MS)
  }
  for (const event of ACTIVITY_EVENTS) addEventListener(event, onActivity, { passive: true })
  document.addEventListener('visibilitychange', () => document.hidden || onActivity())
  onActivity()
  effect(() => {
    // The effect also depends on `chat`, so a new client receives the status.
    chat.value?.status(status.value).catch(() => {})
  })
}
