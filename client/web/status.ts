import { computed, effect, signal } from '@preact/signals'
import type { Status } from '../../protocol/people.ts'
import { storedSignal } from './local-storage.ts'
import { chat } from './state.ts'

/** Without a touch for so long, one is away. */
export const IDLE_AFTER_MS = 5 * 60_000
const SIGNS_OF_LIFE = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'focus'] as const

const choice = storedSignal<Status>('hubbub.status', 'online')
/** What somebody chose to be, and whether they are there at all. */
export const wish = signal<Status>(choice.read())
const idle = signal(false)

/** What the others see. Who is busy stays so: they asked not to be disturbed, and nobody expects them. */
export const status = computed<Status>(() => (idle.value && wish.value === 'online' ? 'away' : wish.value))

export function setStatus(chosen: Status): void {
  wish.value = chosen
  choice.write(chosen)
}

/** Another person may sit here next. */
export const forgetStatus = (): void => setStatus('online')

/** Tells the cluster from now on. A page that comes into view again is looked at. */
export function startStatus(): void {
  let timer: ReturnType<typeof setTimeout>
  const alive = () => {
    idle.value = false
    clearTimeout(timer)
    timer = setTimeout(() => {
      idle.value = true
    }, IDLE_AFTER_MS)
  }
  for (const sign of SIGNS_OF_LIFE) addEventListener(sign, alive, { passive: true })
  document.addEventListener('visibilitychange', () => document.hidden || alive())
  alive()
  effect(() => {
    // Also said to a client that comes later: the effect follows `chat` as well.
    chat.value?.status(status.value).catch(() => {})
  })
}
