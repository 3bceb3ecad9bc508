import { expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { PAGE_MAX_CHARS } from '../../protocol/limits.ts'
import { firstPage } from './paging.ts'

const run = (kinds: string): Entry[] =>
  [...kinds].map((kind, i) => ({
    seq: i + 1,
    kind: kind === 'm' ? 'message' : 'reaction',
    room: 'lobby',
    at: i,
    by: { id: 'a', name: 'Ada' },
  }))
const seqs = (page: Entry[]) => page.map((entry) => entry.seq)

test('messages are counted, what lies between them rides along', () => {
  expect(seqs(firstPage(run('mrrmrm'), { messages: 2, entries: 10 }))).toEqual([1, 2, 3, 4, 5])
})

test('entries bound the page however few messages it holds', () => {
  expect(seqs(firstPage(run('mrrrrr'), { messages: 2, entries: 3 }))).toEqual([1, 2, 3])
})

test('without a count of messages, as many entries as fit', () => {
  expect(seqs(firstPage(run('mmm'), { entries: 10 }))).toEqual([1, 2, 3])
})

test('a page ends by its weight as JSON, whatever is in the texts, but holds one entry always', () => {
  const long = run('mmm').map((entry) => ({ ...entry, text: '\u0001'.repeat(50_000) }))
  expect(seqs(firstPage(long, { entries: 10 }))).toEqual([1])
  const heavy = run('m'.repeat(200)).map((entry) => ({ ...entry, text: '\u0001'.repeat(4_000) }))
  const page = firstPage(heavy, { entries: 200 })
  expect(page.length).toBeGreaterThan(10)
  expect(JSON.stringify(page).length).toBeLessThanOrEqual(PAGE_MAX_CHARS)
})

test('ordinary texts make full pages', () => {
  const page = run('m'.repeat(500)).map((entry) => ({ ...entry, text: 'what people say in a chat, mostly' }))
  expect(firstPage(page, { entries: 500 })).toHaveLength(500)
})
