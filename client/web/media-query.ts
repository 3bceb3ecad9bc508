import { signal } from '@preact/signals'

/** Must match the breakpoint in style/frame.css. */
const narrowScreen = matchMedia('(max-width: 44rem)')

/** True when the screen shows either the room list or a room, but not both. */
export const isNarrow = signal(narrowScreen.matches)
narrowScreen.addEventListener('change', () => {
  isNarrow.value = narrowScreen.matches
})
