import { FANOUT_WINDOW_MS } from '../../../protocol/limits.ts'
import { batchSizes, received } from './figures.ts'

/** How many entries came alone, and how many together with others. */
export function Batches() {
  const most = Math.max(1, ...received.value)
  return (
    <table class="batches">
      <caption>
        Entries received, by batch size
        <small>What is said in a busy room within {FANOUT_WINDOW_MS} ms comes together.</small>
      </caption>
      <thead>
        <tr>
          <th scope="col">Batch of</th>
          <th scope="col">Entries</th>
        </tr>
      </thead>
      <tbody>
        {batchSizes.map(({ name }, i) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <span class="bar" aria-hidden="true">
                <i style={{ width: `${((received.value[i] ?? 0) * 100) / most}%` }} />
              </span>
              {(received.value[i] ?? 0).toLocaleString('en')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
