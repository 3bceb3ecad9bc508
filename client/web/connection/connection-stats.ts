import { signal } from '@preact/signals'
import type { ChatClient } from '../../sdk/client.ts'

/** Histogram buckets; `max` is the inclusive upper bound in entries. */
export const batchSizes = [
  { name: '1', max: 1 },
  { name: '2–5', max: 5 },
  { name: '6–20', max: 20 },
  { name: '21 or more', max: Number.POSITIVE_INFINITY },
]

/** Entries received, for each of `batchSizes`. */
export const entriesByBatchSize = signal<readonly number[]>([])
export const reconnects = signal<{ count: number; lastMs?: number }>({ count: 0 })

/** Counts batches and reconnects of a client. Returns the function that stops it. */
export function measureConnection(client: ChatClient): () => void {
  entriesByBatchSize.value = batchSizes.map(() => 0)
  reconnects.value = { count: 0 }
  let lostAt: number | undefined
  let wasLive = false
  const unsubscribers = [
    client.on('batch', ({ size }) => {
      const index = batchSizes.findIndex(({ max }) => size <= max)
      entriesByBatchSize.value = entriesByBatchSize.value.map((count, i) => (i === index ? count + size : count))
    }),
    client.on('state', ({ state }) => {
      // Syncing after a lost event is not a reconnect.
      if (wasLive && (state === 'offline' || state === 'connecting')) lostAt ??= performance.now()
      if (state !== 'live') return
      wasLive = true
      if (lostAt === undefined) return
      reconnects.value = { count: reconnects.value.count + 1, lastMs: performance.now() - lostAt }
      lostAt = undefined
    }),
  ]
  return () => {
    for (const unsubscribe of unsubscribers) unsubscribe()
  }
}
