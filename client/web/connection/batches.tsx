import { FANOUT_WINDOW_MS } from '../../../protocol/limits.ts'
import { batchSizes, entriesByBatchSize } from './connection-stats.ts'

/** The number of entries received, by the size of their batch. */
export function Batches() {
  const max = Math.max(1, ...entriesByBatchSize.value)
  return (
    <table class="batches">
      <caption>
        Messages received, by batch size
        <small>In busy rooms, messages sent within {FANOUT_WINDOW_MS} ms arrive as one batch.</small>
      </caption>
      <thead>
        <tr>
          <th scope="col">Batch size</th>
          <th scope="col">Messages</th>
        </tr>
      </thead>
      <tbody>
        {batchSizes.map(({ name }, i) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <span class="bar" aria-hidden="true">
                <i style={{ width: `${((entriesByBatchSize.value[i] ?? 0) * 100) / max}%` }} />
              </span>
              {(entriesByBatchSize.value[i] ?? 0).toLocaleString('en')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
