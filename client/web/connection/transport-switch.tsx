import { useState } from 'preact/hooks'
import type { Transport } from '../../sdk/connection.ts'
import { transport as currentTransport, setTransport } from '../session.ts'

const options: { transport: Transport | undefined; name: string }[] = [
  { transport: undefined, name: 'Automatic' },
  { transport: 'websocket', name: 'WebSocket' },
  { transport: 'polling', name: 'Long-polling' },
]

/** Selects the transport. A change reconnects immediately without losing messages. */
export function TransportSwitch() {
  const [chosen, choose] = useState(currentTransport())
  return (
    <fieldset class="switch">
      <legend>Transport</legend>
      {options.map(({ transport, name }) => (
        <label key={name}>
          <input
            type="radio"
            name="transport"
            checked={chosen === transport}
            onChange={() => {
              choose(transport)
              setTransport(transport)
            }}
          />
          {name}
        </label>
      ))}
      <p>Switching reconnects; no messages are lost. Automatic starts with long-polling and upgrades to WebSocket.</p>
    </fieldset>
  )
}
