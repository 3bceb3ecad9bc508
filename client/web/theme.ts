import { effect, signal } from '@preact/signals'
import { storedValue } from './local-storage.ts'

export type Theme = 'system' | 'light' | 'dark'

const stored = storedValue<Theme>('hubbub.theme', 'system')
export const theme = signal(stored.read())

/** Applies the theme to the document; the colors are in style/tokens.css. */
export function startTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value
    stored.write(theme.value)
  })
}
