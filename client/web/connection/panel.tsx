import { useEffect } from 'preact/hooks'
import { connectionState } from '../state.ts'
import { Batches } from './batches.tsx'
import { reconnects } from './connection-stats.ts'
import { formatMs } from './duration.ts'
import { measure, roundTrips } from './round-trips.ts'
import { Sparkline } from './sparkline.tsx'
import { TransportSwitch } from './transport-switch.tsx'
import { transportNames } from './transports.ts'

/** Details of the connection. Round trips are measured while the panel is open. */
export function ConnectionPanel({ id }: { id: string }) {
  useEffect(measure, [])
  const { node, transport, upgrading } = connectionState.value
  const { count, lastMs } = reconnects.value
  return (
    <section id={id} class="connection-panel" aria-label="Connection details">
      <dl>
        <dt>Node</dt>
        <dd>{node ?? '–'}</dd>
        <dt>Transport</dt>
        <dd>
          {transport ? transportNames[transport] : '–'}
          {upgrading && ', trying WebSocket…'}
        </dd>
        <dt>Reconnects</dt>
        <dd>{lastMs === undefined ? '0' : `${count}, last in ${formatMs(lastMs)}`}</dd>
      </dl>
      <TransportSwitch />
      <Sparkline trips={roundTrips.value} />
      <Batches />
      <a href="/cluster" target="_blank" rel="noopener">
        Open cluster dashboard <small>(in a new tab)</small>
      </a>
    </section>
  )
}
