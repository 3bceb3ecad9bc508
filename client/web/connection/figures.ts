import { signal } from '@preact/signals'
import type { ChatClient } from '../../sdk/client.ts'

/** The sizes of batches that are told apart, by the most entries that each stands for. */
export const batchSizes = [
  { name: '1', most: 1 },
  { name: '2–5', most: 5 },
  { name: '6–20', most: 20 },
  { name: '21 or more', most: Number.POSITIVE_INFINITY },
]

/** Entries received, for each of `batchSizes`. */
export const received = signal<readonly number[]>([])
export const reconnects = signal<{ count: number; lastMs?: number }>({ count: 0 })

/** Counts from now on what a client tells of its connections. Returns the function that ends it. */
export function follow(client: ChatClient): () => void {
  received.value = batchSizes.map(() => 0)
  reconnects.value = { count: 0 }
  let lostAt: number | undefined
  let wasLive = false
  const ends = [
    client.on('batch', ({ size }) => {
      const place = batchSizes.findIndex(({ most }) => size <= most)
      received.value = received.value.map((count, i) => (i === place ? count + size : count))
    }),
    client.on('state', ({ state }) => {
      // Catching up without having been away is no reconnect.
      if (wasLive && (state === 'offline' || state === 'connecting')) lostAt ??= performance.now()
      if (state !== 'live') return
      wasLive = true
      if (lostAt === undefined) return
      reconnects.value = { count: reconnects.value.count + 1, lastMs: performance.now() - lostAt }
      lostAt = undefined
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}
