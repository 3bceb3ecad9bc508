import { signal } from '@preact/signals'

/** As style/frame.css has it: one thing at a time. */
const narrow = matchMedia('(max-width: 44rem)')

/** Whether the list of rooms and a room take turns on this screen. */
export const isNarrow = signal(narrow.matches)
narrow.addEventListener('change', () => {
  isNarrow.value = narrow.matches
})
