import { signal } from '@preact/signals'
import type { Transport } from '../../sdk/connection.ts'
import { chat, connectionState } from '../state.ts'

export const SAMPLES = 60
const INTERVAL_MS = 1_000

export interface RoundTrip {
  ms: number
  transport: Transport
}

/** One sample per second, oldest first; undefined for a second without an answer. */
export const roundTrips = signal<readonly (RoundTrip | undefined)[]>([])

/** Pings the node once a second. Returns the function that stops it. */
export function measure(): () => void {
  let pending = false
  const record = (trip: RoundTrip | undefined) => {
    roundTrips.value = [...roundTrips.value, trip].slice(-SAMPLES)
  }
  const ping = async () => {
    const { transport } = connectionState.peek()
    if (pending || !transport) return record(undefined)
    pending = true
    const startedAt = performance.now()
    try {
      await chat.peek()?.ping()
      record({ ms: performance.now() - startedAt, transport })
    } catch {
      record(undefined)
    } finally {
      pending = false
    }
  }
  void ping()
  const timer = setInterval(() => document.hidden || void ping(), INTERVAL_MS)
  return () => clearInterval(timer)
}

/** The median round trip over a transport in milliseconds; undefined without samples. */
export function median(trips: readonly (RoundTrip | undefined)[], transport: Transport): number | undefined {
  const times = trips
    .flatMap((trip) => (trip?.transport === transport ? [trip.ms] : []))
    .sort((one, other) => one - other)
  return times[Math.floor(times.length / 2)]
}
