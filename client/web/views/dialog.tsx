import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { dialog } from '../state.ts'
import { Icon } from './icon.tsx'

interface Props {
  name: NonNullable<typeof dialog.value>
  title: string
  children: ComponentChildren
}

/** A modal dialog. Escape, a click outside and its close button close it. */
export function Dialog({ name, title, children }: Props) {
  const box = useRef<HTMLDialogElement>(null)
  const close = () => {
    if (dialog.value === name) dialog.value = undefined
  }
  useLayoutEffect(() => {
    const shown = box.current!
    shown.showModal()
    // `close` restores the previous focus.
    return () => shown.close()
  }, [])
  return (
    <dialog
      ref={box}
      class={`dialog ${name.replace(' ', '-')}`}
      aria-label={title}
      onClose={close}
      onPointerDown={(event) => event.target === box.current && close()}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" class="bare" aria-label="Close" onClick={close}>
          <Icon of="close" />
        </button>
      </header>
      {children}
    </dialog>
  )
}
