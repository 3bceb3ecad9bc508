import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ConnectionState } from '../../sdk/connection.ts'
import { ConnectionPanel } from '../connection/panel.tsx'
import { transportNames } from '../connection/transports.ts'
import { connectionState } from '../state.ts'

export const stateLabels: Record<ConnectionState['state'], string> = {
  offline: 'Offline, reconnecting…',
  connecting: 'Connecting…',
  syncing: 'Catching up…',
  live: 'Connected',
  refused: 'Rejected',
}

const PANEL = 'connection-panel'

/** The state of the connection in one line, with a button for the details. */
export function ConnectionLine() {
  const [open, turn] = useState(false)
  const line = useRef<HTMLElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const { state, node, transport: by, upgrading } = connectionState.value
  // A layout effect, so that Escape works from the panel's first frame.
  useLayoutEffect(() => {
    if (!open) return
    const close = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape') return
      turn(false)
      button.current?.focus()
    }
    line.current?.addEventListener('keydown', close)
    return () => line.current?.removeEventListener('keydown', close)
  }, [open])
  return (
    <footer ref={line} class="connection" data-state={state}>
      <p role="status" aria-label="Connection">
        <span class="dot" aria-hidden="true" />
        {stateLabels[state]}
        {node && by && ` · ${node} · ${transportNames[by]}`}
        {upgrading && ', trying WebSocket…'}
      </p>
      <button
        ref={button}
        type="button"
        aria-label="Connection details"
        aria-expanded={open}
        aria-controls={open ? PANEL : undefined}
        onClick={() => turn(!open)}
      >
        Details <span aria-hidden="true">{open ? '▾' : '▴'}</span>
      </button>
      {open && <ConnectionPanel id={PANEL} />}
    </footer>
  )
}
