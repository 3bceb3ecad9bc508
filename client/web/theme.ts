import { effect, signal } from '@preact/signals'
import { storedSignal } from './local-storage.ts'

export type Theme = 'system' | 'light' | 'dark'

const choice = storedSignal<Theme>('hubbub.theme', 'system')
export const theme = signal(choice.read())

/** Draws the page as chosen; style/tokens.css has the colours. */
export function startTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value
    choice.write(theme.value)
  })
}
