import { metrics } from '../metrics.ts'
import { paused, view } from '../stats-poller.ts'
import { ConnectionStatus } from './connection-status.tsx'
import { EventList } from './event-list.tsx'
import { MetricChart } from './metric-chart.tsx'
import { NodeTable } from './node-table.tsx'
import { Totals } from './totals.tsx'

export function ClusterPage() {
  const seen = view.value
  return (
    <main class="cluster">
      <header>
        <img src="/favicon.svg" alt="" width="32" height="32" />
        <h1>Cluster</h1>
        <ConnectionStatus />
        {seen && (
          <button
            type="button"
            onClick={() => {
              paused.value = !paused.value
            }}
          >
            {paused.value ? 'Resume' : 'Pause'}
          </button>
        )}
        <a href="/">Open chat</a>
      </header>
      {seen && (
        <>
          <Totals view={seen} />
          <NodeTable view={seen} />
          <div class="figures">
            <EventList view={seen} />
            {metrics.map((figure) => (
              <MetricChart key={figure.name} figure={figure} view={seen} />
            ))}
          </div>
          <p class="notes">
            Nodes in one process, as with <code>npm start</code>, share its memory and event loop. Uptime is the time
            since the node started: a short uptime without a deployment means that it was restarted.
          </p>
        </>
      )}
    </main>
  )
}
