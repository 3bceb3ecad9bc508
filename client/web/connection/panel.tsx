import { useEffect } from 'preact/hooks'
import { connectionState } from '../state.ts'
import { Batches } from './batches.tsx'
import { inMs } from './duration.ts'
import { reconnects } from './figures.ts'
import { measure, roundTrips } from './round-trips.ts'
import { Sparkline } from './sparkline.tsx'
import { TransportSwitch } from './transport-switch.tsx'
import { transportNames } from './transports.ts'

/** How one is connected, measured for as long as somebody looks. */
export function ConnectionPanel({ id }: { id: string }) {
  useEffect(measure, [])
  const { node, transport, upgrading } = connectionState.value
  const { count, lastMs } = reconnects.value
  return (
    <section id={id} class="connection-panel" aria-label="Connection details">
      <dl>
        <dt>Node</dt>
        <dd>{node ?? 'none just now'}</dd>
        <dt>Transport</dt>
        <dd>
          {transport ? transportNames[transport] : 'none just now'}
          {upgrading && ', trying WebSocket…'}
        </dd>
        <dt>Reconnected</dt>
        <dd>{lastMs === undefined ? 'not yet' : `${times(count)}, last in ${inMs(lastMs)}`}</dd>
      </dl>
      <TransportSwitch />
      <Sparkline trips={roundTrips.value} />
      <Batches />
      <a href="/cluster" target="_blank" rel="noopener">
        The whole cluster, live <small>(in a new tab)</small>
      </a>
    </section>
  )
}

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`)
