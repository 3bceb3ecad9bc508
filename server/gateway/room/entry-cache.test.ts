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

function at(head: number, kept: number): EntryCache {
  const entryCache = new EntryCache()
  entryCache.restart({ epoch: 'e', head })
  entryCache.load(span(head - kept + 1, head).map(message))
  return entryCache
}

test('a newcomer gets the newest page', () => {
  expect(seqs(at(300, 250).page({}))).toEqual(span(101, 300))
})

test('who was away gets what came after, a page at most', () => {
  const recent = at(300, 250)
  expect(seqs(recent.page({ after: 297 }))).toEqual([298, 299, 300])
  expect(seqs(recent.page({ after: 300 }))).toEqual([])
  expect(seqs(recent.page({ after: 50 }))).toEqual(span(51, 250))
})

test('what begins before the run is the business of the store', () => {
  expect(at(300, 250).page({ after: 49 })).toBeUndefined()
})

test('another epoch, or a seq that this log never had, is answered with the newest page and truncated', () => {
  const recent = at(3, 3)
  expect(recent.page({ after: 1, epoch: 'other' })).toMatchObject({ truncated: true })
  expect(seqs(recent.page({ after: 9, epoch: 'e' }))).toEqual([1, 2, 3])
  expect(recent.page({ after: 9 })).toMatchObject({ truncated: true })
})

test('entries heard while older ones load are kept once', () => {
  const recent = new EntryCache()
  recent.restart({ epoch: 'e', head: 2 })
  recent.add(message(3))
  recent.load([1, 2, 3].map(message))
  expect(seqs(recent.page({}))).toEqual([1, 2, 3])
})

test('a deletion takes the text of its target and of its edits along', () => {
  const recent = at(2, 2)
  recent.add({ ...message(3), kind: 'edit', target: 1 })
  recent.add({ ...message(4), kind: 'delete', target: 1, text: undefined })
  expect(recent.page({})?.entries).toMatchObject([{ deleted: true }, { text: 't2' }, { deleted: true }, {}])
  expect(recent.page({})?.entries[0]).not.toHaveProperty('text')
})

test('of a log that is short no more is kept than it holds', () => {
  const recent = new EntryCache({ most: 3 })
  recent.restart({ epoch: 'e', head: 3 })
  recent.load(span(1, 3).map(message))
  for (const seq of [4, 5]) recent.add(message(seq))
  expect(seqs(recent.page({}))).toEqual([3, 4, 5])
  expect(recent.page({ after: 1 })).toBeUndefined()
})
