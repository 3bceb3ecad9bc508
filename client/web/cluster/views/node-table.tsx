import { formatDuration, formatNumber } from '../format.ts'
import type { WatchedNode } from '../node-history.ts'
import type { View } from '../stats-poller.ts'
import { Swatch } from './swatch.tsx'

/** `brief`: the label of a cell on narrow screens. */
const columns: { name: string; unit?: string; brief?: string; of: (node: WatchedNode) => string }[] = [
  { name: 'WebSocket', unit: 'connections', of: ({ stats }) => formatNumber(stats.websocket) },
  { name: 'Long-polling', unit: 'connections', of: ({ stats }) => formatNumber(stats.polling) },
  { name: 'Rooms', unit: 'occupied', of: ({ stats }) => formatNumber(stats.rooms) },
  { name: 'Messages', unit: 'per second', brief: 'Messages/s', of: ({ messages }) => formatNumber(messages) },
  { name: 'Deliveries', unit: 'per second', brief: 'Deliveries/s', of: ({ deliveries }) => formatNumber(deliveries) },
  { name: 'Loop delay', unit: 'ms, p99', brief: 'Loop delay, ms', of: ({ stats }) => formatNumber(stats.loopDelayMs) },
  {
    name: 'Memory',
    unit: 'MB',
    brief: 'Memory, MB',
    of: ({ stats }) => formatNumber(Math.round(stats.rssBytes / 2 ** 20)),
  },
  { name: 'Uptime', of: ({ stats }) => formatDuration(stats.uptimeMs) },
]

/** The current values of each node. */
export function NodeTable({ view: { at, nodes } }: { view: View }) {
  return (
    <table class="nodes card">
      <caption>Nodes</caption>
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col">State</th>
          {columns.map(({ name, unit }) => (
            <th key={name} scope="col">
              {name} {unit && <small>{unit}</small>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {nodes.map((node) => (
          <tr key={node.node} data-state={node.state}>
            <th scope="row">
              <Swatch node={node} /> {node.node}
            </th>
            <td>
              <span class="state">
                {node.state === 'up' ? 'up' : `${node.state} for ${formatDuration(at - node.reportedAt)}`}
              </span>
            </td>
            {columns.map(({ name, brief = name, of }) => (
              <td key={name} data-name={brief}>
                {node.state === 'gone' ? '–' : of(node)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
