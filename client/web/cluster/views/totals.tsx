import type { ComponentChildren } from 'preact'
import { inNumber } from '../format.ts'
import type { WatchedNode } from '../node-history.ts'
import type { View } from '../stats-poller.ts'

/** The cluster as a whole. */
export function Totals({ view: { nodes } }: { view: View }) {
  const up = nodes.filter(({ state }) => state === 'up')
  const sum = (of: (node: WatchedNode) => number | undefined) => up.reduce((sum, node) => sum + (of(node) ?? 0), 0)
  const websocket = sum(({ stats }) => stats.websocket)
  const polling = sum(({ stats }) => stats.polling)
  const missing = nodes.length - up.length
  return (
    <dl class="totals" aria-label="Totals">
      <Total name="Nodes up" value={up.length}>
        {missing > 0 ? `${missing} silent or gone` : 'all of them'}
      </Total>
      <Total name="Connections" value={websocket + polling}>
        {inNumber(websocket)} WebSocket · {inNumber(polling)} long-polling
      </Total>
      <Total name="Messages a second" value={sum(({ messages }) => messages)}>
        {inNumber(sum(({ stats }) => stats.accepted))} since the nodes started
      </Total>
      <Total name="Deliveries a second" value={sum(({ deliveries }) => deliveries)}>
        {inNumber(sum(({ stats }) => stats.delivered))} since the nodes started
      </Total>
    </dl>
  )
}

function Total({ name, value, children }: { name: string; value: number; children: ComponentChildren }) {
  return (
    <div class="card">
      <dt>{name}</dt>
      <dd>
        <b>{inNumber(value)}</b>
        <small>{children}</small>
      </dd>
    </div>
  )
}
