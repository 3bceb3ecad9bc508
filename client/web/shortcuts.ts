import { rows } from './room-rows.ts'
import { show } from './rooms.ts'
import { currentName, dialog, panel } from './state.ts'
import { me } from './users.ts'

/** Ctrl-K or ⌘K opens the quick switcher, Alt with an arrow key changes rooms, Escape closes the panel. */
export function startShortcuts(): void {
  addEventListener('keydown', (event) => {
    if (!me.value || event.defaultPrevented || event.isComposing) return
    const { key, ctrlKey, metaKey, altKey } = event
    if (key === 'k' && ctrlKey !== metaKey && !altKey) {
      event.preventDefault()
      dialog.value = dialog.value === 'jump' ? undefined : 'jump'
    } else if (altKey && (key === 'ArrowDown' || key === 'ArrowUp') && !dialog.value) {
      event.preventDefault()
      step(key === 'ArrowDown' ? 1 : -1)
    } else if (key === 'Escape') {
      panel.value = undefined
    }
  })
}

function step(by: number): void {
  const rooms = [...rows.value.mine, ...rows.value.direct].map(({ room }) => room)
  const next = rooms[(rooms.indexOf(currentName.value) + by + rooms.length) % rooms.length]
  if (next) show(next)
}
