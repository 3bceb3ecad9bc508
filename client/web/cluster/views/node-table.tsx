import { inNumber, inSpan } from '../format.ts'
import type { WatchedNode } from '../node-history.ts'
import type { View } from '../stats-poller.ts'
import { Swatch } from './swatch.tsx'

/** `brief`: where there is little room, what a cell is of. */
const columns: { name: string; unit?: string; brief?: string; of: (node: WatchedNode) => string }[] = [
  { name: 'WebSocket', unit: 'connections', of: ({ stats }) => inNumber(stats.websocket) },
  { name: 'Long-polling', unit: 'connections', of: ({ stats }) => inNumber(stats.polling) },
  { name: 'Rooms', unit: 'with people', of: ({ stats }) => inNumber(stats.rooms) },
  { name: 'Messages', unit: 'a second', brief: 'Messages/s', of: ({ messages }) => inNumber(messages) },
  { name: 'Deliveries', unit: 'a second', brief: 'Deliveries/s', of: ({ deliveries }) => inNumber(deliveries) },
  { name: 'Loop delay', unit: 'ms, p99', brief: 'Loop delay, ms', of: ({ stats }) => inNumber(stats.loopDelayMs) },
  {
    name: 'Memory',
    unit: 'MB',
    brief: 'Memory, MB',
    of: ({ stats }) => inNumber(Math.round(stats.rssBytes / 2 ** 20)),
  },
  { name: 'Uptime', of: ({ stats }) => inSpan(stats.uptimeMs) },
]

/** All that is known of each node now, in words and numbers. */
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
              <span class="state">{node.state === 'up' ? 'up' : `${node.state} for ${inSpan(at - node.heardAt)}`}</span>
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
