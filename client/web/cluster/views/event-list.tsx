import type { View } from '../stats-poller.ts'

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** Who came and went since this page was opened, the newest first. */
export function EventList({ view: { happenings } }: { view: View }) {
  return (
    <section class="card happenings" aria-label="What happened">
      <h2>What happened</h2>
      <p class="meaning">
        A node that dies stops renewing its lease: silent after 3 s, gone when the lease lapses, after 6 s. By then its
        people are on other nodes, with nothing lost.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also for those who have only a keyboard */}
      <div class="scroll" role="log" aria-label="Events" tabIndex={0}>
        <ol>
          {happenings.map(({ id, at, text, tone }) => (
            <li key={id} data-tone={tone}>
              <time dateTime={new Date(at).toISOString()}>{time.format(at)}</time> {text}
            </li>
          ))}
          {happenings.length === 0 && <li class="none">Nothing since you opened this page. Stop a node, and watch.</li>}
        </ol>
      </div>
    </section>
  )
}
