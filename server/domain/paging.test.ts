import { expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { PAGE_MAX_BYTES } from '../../protocol/limits.ts'
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

test('a page counts messages only and includes the entries between them', () => {
  expect(seqs(firstPage(run('mrrmrm'), { messages: 2, entries: 10 }))).toEqual([1, 2, 3, 4, 5])
})

test('the number of entries bounds a page with few messages', () => {
  expect(seqs(firstPage(run('mrrrrr'), { messages: 2, entries: 3 }))).toEqual([1, 2, 3])
})

test('without a message limit a page has as many entries as fit', () => {
  expect(seqs(firstPage(run('mmm'), { entries: 10 }))).toEqual([1, 2, 3])
})

test('the size as JSON bounds a page, which has at least one entry', () => {
  const long = run('mmm').map((entry) => ({ ...entry, text: '\u0001'.repeat(50_000) }))
  expect(seqs(firstPage(long, { entries: 10 }))).toEqual([1])
  const heavy = run('m'.repeat(200)).map((entry) => ({ ...entry, text: '\u0001'.repeat(4_000) }))
  const page = firstPage(heavy, { entries: 200 })
  expect(page.length).toBeGreaterThan(3)
  expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(PAGE_MAX_BYTES)
})

test('ordinary texts fill pages up to the message limit', () => {
  const page = run('m'.repeat(500)).map((entry) => ({ ...entry, text: 'what people say in a chat, mostly' }))
  expect(firstPage(page, { entries: 500 })).toHaveLength(500)
})

test('a page of long texts in any script stays closely below the byte limit', () => {
  for (const letter of ['a', 'ä', '漢', '😀'.repeat(2), '"', '\u0001']) {
    const long = run('m'.repeat(200)).map((entry) => ({ ...entry, text: letter.repeat(1_000) }))
    const bytes = Buffer.byteLength(JSON.stringify(firstPage(long, { entries: 200 })))
    expect(bytes).toBeLessThanOrEqual(PAGE_MAX_BYTES)
    expect(bytes).toBeGreaterThan(PAGE_MAX_BYTES * 0.75)
  }
})

test('the estimated size is an upper bound for all kinds of entries', () => {
  const heavy = run('m'.repeat(500)).map((entry) => ({
    ...entry,
    seq: 9_007_199_254_740_991,
    room: 'r'.repeat(64),
    at: 1_764_484_129_000,
    by: { id: 'u'.repeat(28), name: '漢'.repeat(40) },
    clientId: 'c'.repeat(64),
    sentAt: 1_764_484_129_000,
    target: 9_007_199_254_740_991,
    replyTo: 9_007_199_254_740_991,
    emoji: '👩🏽‍❤️‍💋‍👨🏽',
    on: false,
    deleted: true as const,
  }))
  const page = firstPage(heavy, { entries: 500 })
  expect(page.length).toBeLessThan(500)
  expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(PAGE_MAX_BYTES)
})
