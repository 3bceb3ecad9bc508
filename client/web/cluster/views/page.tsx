import { figures } from '../figures.ts'
import { paused, view } from '../stats-poller.ts'
import { EventList } from './event-list.tsx'
import { FigurePlot } from './figure-plot.tsx'
import { LinkLine } from './link-line.tsx'
import { NodeTable } from './node-table.tsx'
import { Totals } from './totals.tsx'

export function ClusterPage() {
  const seen = view.value
  return (
    <main class="cluster">
      <header>
        <img src="/favicon.svg" alt="" width="32" height="32" />
        <h1>The cluster</h1>
        <LinkLine />
        {seen && (
          <button
            type="button"
            onClick={() => {
              paused.value = !paused.value
            }}
          >
            {paused.value ? 'Go on' : 'Pause'}
          </button>
        )}
        <a href="/">To the chat</a>
      </header>
      {seen && (
        <>
          <Totals view={seen} />
          <NodeTable view={seen} />
          <div class="figures">
            <EventList view={seen} />
            {figures.map((figure) => (
              <FigurePlot key={figure.name} figure={figure} view={seen} />
            ))}
          </div>
          <p class="notes">
            Nodes that share one process, as with <code>npm start</code>, share its memory and its event loop. Uptime is
            the time since a node’s start: short after a deployment, and otherwise a sign that it was started again.
          </p>
        </>
      )}
    </main>
  )
}
