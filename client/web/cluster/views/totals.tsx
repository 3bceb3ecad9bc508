import type { ComponentChildren } from 'preact'
import { formatNumber } from '../format.ts'
import type { WatchedNode } from '../node-history.ts'
import type { View } from '../stats-poller.ts'

/** Sums over the running nodes. */
export function Totals({ view: { nodes } }: { view: View }) {
  const up = nodes.filter(({ state }) => state === 'up')
  const sum = (of: (node: WatchedNode) => number | undefined) => up.reduce((sum, node) => sum + (of(node) ?? 0), 0)
  const websocket = sum(({ stats }) => stats.websocket)
  const polling = sum(({ stats }) => stats.polling)
  const missing = nodes.length - up.length
  return (
    <dl class="totals" aria-label="Totals">
      <Total name="Nodes up" value={up.length}>
        {missing > 0 ? `${missing} silent or gone` : 'all healthy'}
      </Total>
      <Total name="Connections" value={websocket + polling}>
        {formatNumber(websocket)} WebSocket · {formatNumber(polling)} long-polling
      </Total>
      <Total name="Messages per second" value={sum(({ messages }) => messages)}>
        {formatNumber(sum(({ stats }) => stats.accepted))} since the nodes started
      </Total>
      <Total name="Deliveries per second" value={sum(({ deliveries }) => deliveries)}>
        {formatNumber(sum(({ stats }) => stats.delivered))} since the nodes started
      </Total>
    </dl>
  )
}

function Total({ name, value, children }: { name: string; value: number; children: ComponentChildren }) {
  return (
    <div class="card">
      <dt>{name}</dt>
      <dd>
        <b>{formatNumber(value)}</b>
        <small>{children}</small>
      </dd>
    </div>
  )
}
