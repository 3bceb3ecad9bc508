import { expect, test } from '@jest/globals'
import type { Entry } from '../../../protocol/entry.ts'
import { EntryCache } from './entry-cache.ts'

const message = (seq: number): Entry => ({
  seq,
  kind: 'message',
  room: 'r',
  at: 0,
  by: { id: 'a', name: 'A' },
  text: `t${seq}`,
})
const seqs = (page: { entries: Entry[] } | undefined) => page?.entries.map(({ seq }) => seq)
const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

function at(head: number, count: number): EntryCache {
  const cache = new EntryCache()
  cache.restart({ epoch: 'e', head })
  cache.load(span(head - count + 1, head).map(message))
  return cache
}

test('returns the newest page for a join without a position', () => {
  expect(seqs(at(300, 250).page({}))).toEqual(span(101, 300))
})

test('returns the entries after a position, at most one page', () => {
  const cache = at(300, 250)
  expect(seqs(cache.page({ after: 297 }))).toEqual([298, 299, 300])
  expect(seqs(cache.page({ after: 300 }))).toEqual([])
  expect(seqs(cache.page({ after: 50 }))).toEqual(span(51, 250))
})

test('returns undefined for a position before the first cached entry', () => {
  expect(at(300, 250).page({ after: 49 })).toBeUndefined()
})

test('returns the newest page, truncated, for another epoch or a seq past the head', () => {
  const cache = at(3, 3)
  expect(cache.page({ after: 1, epoch: 'other' })).toMatchObject({ truncated: true })
  expect(seqs(cache.page({ after: 9, epoch: 'e' }))).toEqual([1, 2, 3])
  expect(cache.page({ after: 9 })).toMatchObject({ truncated: true })
})

test('does not duplicate entries that were added before the page was loaded', () => {
  const cache = new EntryCache()
  cache.restart({ epoch: 'e', head: 2 })
  cache.add(message(3))
  cache.load([1, 2, 3].map(message))
  expect(seqs(cache.page({}))).toEqual([1, 2, 3])
})

test('erases the text of a deleted message and of its edits', () => {
  const cache = at(2, 2)
  cache.add({ ...message(3), kind: 'edit', target: 1 })
  cache.add({ ...message(4), kind: 'delete', target: 1, text: undefined })
  expect(cache.page({})?.entries).toMatchObject([{ deleted: true }, { text: 't2' }, { deleted: true }, {}])
  expect(cache.page({})?.entries[0]).not.toHaveProperty('text')
})

test('keeps no more entries than maxEntries', () => {
  const cache = new EntryCache({ maxEntries: 3 })
  cache.restart({ epoch: 'e', head: 3 })
  cache.load(span(1, 3).map(message))
  for (const seq of [4, 5]) cache.add(message(seq))
  expect(seqs(cache.page({}))).toEqual([3, 4, 5])
  expect(cache.page({ after: 1 })).toBeUndefined()
})
