import { expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { PAGE_MAX_BYTES } from '../../protocol/limits.ts'
import { CacheBudget } from './cache-budget.ts'
import { EntryCache } from './room/entry-cache.ts'

const message = (seq: number, text = 'x'): Entry => ({
  seq,
  kind: 'message',
  room: 'r',
  at: 0,
  by: { id: 'a', name: 'A' },
  text,
})
const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('evicts the least recently used caches past the limit, and they can be loaded again', () => {
  const budget = new CacheBudget(100_000)
  const evicted: string[] = []
  const caches = ['a', 'b', 'c'].map((name) => {
    const cache = new EntryCache({ budget, onEvict: () => evicted.push(name) })
    cache.restart({ epoch: 'e', head: 3 })
    cache.load(span(1, 3).map((seq) => message(seq, 'x'.repeat(4_000))))
    return cache
  })
  expect(evicted).toEqual([])
  caches[0]!.page({})
  for (const seq of span(4, 8)) caches[2]!.add(message(seq, 'x'.repeat(4_000)))
  expect(evicted).toEqual(['b'])
  expect(budget.bytes).toBeLessThanOrEqual(100_000)

  // An evicted cache returns undefined instead of an empty page.
  const [, b] = caches
  expect(b!.page({})).toBeUndefined()
  expect(b!.page({ after: 1, epoch: 'another' })).toBeUndefined()
  expect(b!.page({ after: 2 })).toBeUndefined()
  expect(b!.page({ after: 3 })?.entries).toEqual([])
  b!.add(message(4))
  expect(b!.page({ after: 3 })?.entries).toEqual([message(4)])
  b!.load(span(1, 4).map((seq) => message(seq)))
  expect(b!.page({})?.entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
})

test('returns the bytes of restarted and closed caches', () => {
  const budget = new CacheBudget()
  const cache = new EntryCache({ budget })
  cache.restart({ epoch: 'e', head: 0 })
  for (const seq of span(1, 2_000)) cache.add(message(seq))
  expect(budget.bytes).toBeGreaterThan(0)
  cache.restart({ epoch: 'f', head: 0 })
  expect(budget.bytes).toBe(0)
  cache.add(message(1))
  cache.close()
  expect(budget.bytes).toBe(0)
})

test('bounds the cache of one room in bytes, with space for a whole page of long texts', () => {
  const budget = new CacheBudget(Infinity)
  const cache = new EntryCache({ budget })
  cache.restart({ epoch: 'e', head: 0 })
  cache.load([])
  const text = '🦜'.repeat(4_000)
  for (const seq of span(1, 500)) cache.add(message(seq, text))
  expect(budget.bytes).toBeLessThan(1_400_000)
  const page = cache.page({})!.entries
  expect(page.at(-1)!.seq).toBe(500)
  expect(Buffer.byteLength(JSON.stringify(page))).toBeGreaterThan(0.8 * PAGE_MAX_BYTES)
})
