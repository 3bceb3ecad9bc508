import type { View } from '../stats-poller.ts'

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** Joins, departures and failovers since the page was opened, newest first. */
export function EventList({ view: { events: happenings } }: { view: View }) {
  return (
    <section class="card happenings" aria-label="Events">
      <h2>Events</h2>
      <p class="meaning">
        A crashed node stops renewing its lease: it is silent after 3 s and gone after 6 s, when the lease lapses. By
        then its users are connected to other nodes, and no message is lost.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also for those who have only a keyboard */}
      <div class="scroll" role="log" aria-label="Events" tabIndex={0}>
        <ol>
          {happenings.map(({ id, at, text, tone }) => (
            <li key={id} data-tone={tone}>
              <time dateTime={new Date(at).toISOString()}>{time.format(at)}</time> {text}
            </li>
          ))}
          {happenings.length === 0 && (
            <li class="none">No events since you opened this page. Stop a node to see a failover.</li>
          )}
        </ol>
      </div>
    </section>
  )
}
