import { signal } from '@preact/signals'

/** As style/frame.css has it: one thing at a time. */
const narrowScreen = matchMedia('(max-width: 44rem)')

/** Whether the list of rooms and a room take turns on this screen. */
export const isNarrow = signal(narrowScreen.matches)
narrowScreen.addEventListener('change', () => {
  isNarrow.value = narrowScreen.matches
})
