import type { Transport } from '../../sdk/connection.ts'
import { formatMs } from './duration.ts'
import { median, type RoundTrip, SAMPLES } from './round-trips.ts'
import { transportNames } from './transports.ts'

const WIDTH = 240
const HEIGHT = 56
const TOPS_MS = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]

/** Round-trip times of the last minute, one line per transport. */
export function Sparkline({ trips }: { trips: readonly (RoundTrip | undefined)[] }) {
  const times = trips.flatMap((trip) => (trip ? [trip.ms] : []))
  const top = TOPS_MS.find((ms) => ms >= Math.max(...times)) ?? TOPS_MS.at(-1)!
  const latest = trips.at(-1)?.ms
  const used = (['websocket', 'polling'] as const).filter((by) => trips.some((trip) => trip?.transport === by))
  const description = [
    `Round-trip times of the last ${SAMPLES} seconds in milliseconds, from 0 to ${top}.`,
    ...used.map((by) => `Median over ${transportNames[by]}: ${formatMs(median(trips, by)!)}.`),
    times.length > 0 && `Slowest: ${formatMs(Math.max(...times))}.`,
  ]
  return (
    <figure class="round-trips">
      <figcaption>
        Round-trip time <b>{latest === undefined ? '–' : formatMs(latest)}</b>
      </figcaption>
      <div class="plot" data-top={`${top} ms`}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img">
          <title>{description.filter(Boolean).join(' ')}</title>
          {used.map((by) => (
            <path key={by} class={by} d={line(trips, by, top)} />
          ))}
        </svg>
      </div>
      <p class="span" aria-hidden="true">
        <span>{SAMPLES} s ago</span>
        <span>now</span>
      </p>
      {used.map((by) => (
        <p key={by} class="key">
          <i class={by} aria-hidden="true" /> {transportNames[by]}: median {formatMs(median(trips, by)!)}
        </p>
      ))}
    </figure>
  )
}

/** The SVG path: a dot per sample of the transport, connected to the previous sample. */
function line(trips: readonly (RoundTrip | undefined)[], transport: Transport, top: number): string {
  const at = ({ ms }: RoundTrip, i: number) => {
    const x = WIDTH - 3 - ((trips.length - 1 - i) * (WIDTH - 6)) / (SAMPLES - 1)
    return `${x.toFixed(1)} ${(HEIGHT - 3 - (Math.min(ms, top) * (HEIGHT - 6)) / top).toFixed(1)}`
  }
  return trips
    .map((trip, i) => {
      if (trip?.transport !== transport) return ''
      const before = trips[i - 1]
      return before ? `M${at(before, i - 1)}L${at(trip, i)}` : `M${at(trip, i)}h0`
    })
    .join('')
}
