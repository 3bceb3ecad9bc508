import type { Condition, Transport } from '../../sdk/connection.ts'
import { transport, useTransport } from '../session.ts'
import { condition } from '../state.ts'

export const words: Record<Condition['state'], string> = {
  offline: 'Offline, trying again…',
  connecting: 'Connecting…',
  'catching up': 'Catching up…',
  live: 'Connected',
  refused: 'Refused',
}
const transports: Record<Transport, string> = { websocket: 'WebSocket', polling: 'long-polling' }

export function ConnectionLine() {
  const { state, node, transport: by } = condition.value
  return (
    <footer class="connection" data-state={state}>
      <p role="status" aria-label="Connection">
        <span class="dot" aria-hidden="true" />
        {words[state]}
        {node && by && ` to ${node} by ${transports[by]}`}
      </p>
      <label>
        Transport{' '}
        <select
          defaultValue={transport() ?? ''}
          onChange={(event) => useTransport((event.currentTarget.value || undefined) as Transport | undefined)}
        >
          <option value="">Automatic</option>
          <option value="websocket">WebSocket</option>
          <option value="polling">Long-polling</option>
        </select>
      </label>
    </footer>
  )
}
