import { signal } from '@preact/signals'
import type { Transport } from '../../sdk/connection.ts'
import { chat, connectionState } from '../state.ts'

export const SAMPLES = 60
const EVERY_MS = 1_000

export interface RoundTrip {
  ms: number
  by: Transport
}

/** The latest, one for each second, the oldest first; undefined where there was no answer in that second. */
export const roundTrips = signal<readonly (RoundTrip | undefined)[]>([])

/** Pings the node once a second from now on. Returns the function that ends it. */
export function measure(): () => void {
  let asking = false
  const note = (trip: RoundTrip | undefined) => {
    roundTrips.value = [...roundTrips.value, trip].slice(-SAMPLES)
  }
  const ask = async () => {
    const by = connectionState.peek().transport
    if (asking || !by) return note(undefined)
    asking = true
    const begun = performance.now()
    try {
      await chat.peek()?.ping()
      note({ ms: performance.now() - begun, by })
    } catch {
      note(undefined)
    } finally {
      asking = false
    }
  }
  void ask()
  const timer = setInterval(() => document.hidden || void ask(), EVERY_MS)
  return () => clearInterval(timer)
}

/** The middle one of the round trips over a transport, in milliseconds; undefined when there are none. */
export function median(trips: readonly (RoundTrip | undefined)[], transport: Transport): number | undefined {
  const times = trips.flatMap((trip) => (trip?.by === transport ? [trip.ms] : [])).sort((one, other) => one - other)
  return times[Math.floor(times.length / 2)]
}
