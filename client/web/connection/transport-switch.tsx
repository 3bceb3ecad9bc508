import { useState } from 'preact/hooks'
import type { Transport } from '../../sdk/connection.ts'
import { transport, useTransport } from '../session.ts'

const choices: { wish: Transport | undefined; name: string }[] = [
  { wish: undefined, name: 'Automatic' },
  { wish: 'websocket', name: 'WebSocket' },
  { wish: 'polling', name: 'Long-polling' },
]

/** Reconnects at once, with everything that is said meanwhile. */
export function TransportSwitch() {
  const [chosen, choose] = useState(transport())
  return (
    <fieldset class="switch">
      <legend>Transport</legend>
      {choices.map(({ wish, name }) => (
        <label key={name}>
          <input
            type="radio"
            name="transport"
            checked={chosen === wish}
            onChange={() => {
              choose(wish)
              useTransport(wish)
            }}
          />
          {name}
        </label>
      ))}
      <p>Reconnects at once; nothing is lost. Automatic begins with long-polling and changes to WebSocket.</p>
    </fieldset>
  )
}
