import { beforeAll, expect, test } from '@jest/globals'
import { PAGE_MAX_BYTES } from '../../../protocol/limits.ts'
import type { Range } from '../../domain/ports.ts'
import { append, message, newUser, post, type Three, uniqueName } from './cluster.ts'
import { span } from './recording-follower.ts'

export function reading(three: Three): void {
  const room = uniqueName()
  const ada = newUser()
  // m: a message, r: a reaction to the first one.      123456789012
  const kinds = 'mrmmrrmrrrmr'

  beforeAll(async () => {
    for (const [i, kind] of [...kinds].entries()) {
      const reaction = { kind: 'reaction', by: ada, target: 1, emoji: '👍', on: i % 2 === 0 } as const
      await append(three.a.log, room, kind === 'm' ? message(ada, `number ${i + 1}`) : reaction)
    }
  })

  const read = async (range: Range) => {
    const { entries, head, more, truncated } = await three.b.log.read(room, range)
    expect(head).toBe(12)
    return { seqs: entries.map((entry) => entry.seq), more, truncated }
  }
  const whole = { truncated: false }

  test('forward from `after`, ascending', async () => {
    expect(await read({ after: 0, entries: 100 })).toEqual({ seqs: span(1, 12), more: false, ...whole })
    expect(await read({ after: 0, entries: 5 })).toEqual({ seqs: span(1, 5), more: true, ...whole })
    expect(await read({ after: 5, entries: 7 })).toEqual({ seqs: span(6, 12), more: false, ...whole })
    expect(await read({ after: 11, entries: 7 })).toEqual({ seqs: [12], more: false, ...whole })
    expect(await read({ after: 12, entries: 7 })).toEqual({ seqs: [], more: false, ...whole })
  })

  test('backward from `before`, ascending nevertheless', async () => {
    expect(await read({ before: 9, entries: 3 })).toEqual({ seqs: [6, 7, 8], more: true, ...whole })
    expect(await read({ before: 4, entries: 3 })).toEqual({ seqs: [1, 2, 3], more: false, ...whole })
    expect(await read({ before: 1, entries: 3 })).toEqual({ seqs: [], more: false, ...whole })
    expect(await read({ before: 13, entries: 1 })).toEqual({ seqs: [12], more: true, ...whole })
    expect(await read({ before: 99, entries: 2 })).toEqual({ seqs: [11, 12], more: true, ...whole })
  })

  test('without either, the newest page', async () => {
    expect(await read({ entries: 3 })).toEqual({ seqs: [10, 11, 12], more: true, ...whole })
    expect(await read({ entries: 12 })).toEqual({ seqs: span(1, 12), more: false, ...whole })
  })

  test('`messages` counts messages only; other kinds are included', async () => {
    expect(await read({ after: 0, messages: 2, entries: 100 })).toEqual({ seqs: [1, 2, 3], more: true, ...whole })
    expect(await read({ after: 3, messages: 2, entries: 100 })).toEqual({ seqs: span(4, 10), more: true, ...whole })
    expect(await read({ after: 7, messages: 1, entries: 100 })).toEqual({ seqs: span(8, 12), more: false, ...whole })
    expect(await read({ messages: 2, entries: 100 })).toEqual({ seqs: span(5, 12), more: true, ...whole })
    expect(await read({ before: 7, messages: 1, entries: 100 })).toEqual({ seqs: [4, 5, 6], more: true, ...whole })
    expect(await read({ before: 4, messages: 2, entries: 100 })).toEqual({ seqs: [1, 2, 3], more: false, ...whole })
  })

  test('`entries` limits the page, however few messages it contains', async () => {
    expect(await read({ after: 7, messages: 5, entries: 2 })).toEqual({ seqs: [8, 9], more: true, ...whole })
    expect(await read({ before: 11, messages: 5, entries: 3 })).toEqual({ seqs: [8, 9, 10], more: true, ...whole })
  })

  test('following `more` page by page reads the whole log', async () => {
    const seqs: number[] = []
    for (let after = 0, more = true; more; after = seqs.at(-1)!) {
      const page = await read({ after, messages: 1, entries: 2 })
      seqs.push(...page.seqs)
      more = page.more
    }
    expect(seqs).toEqual(span(1, 12))
  })

  test('`after` beyond the head means that the log went back: truncated, the newest page', async () => {
    const page = await read({ after: 13, entries: 3 })
    expect(page).toMatchObject({ seqs: [10, 11, 12], truncated: true })
    expect((await read({ after: 1_000, messages: 1, entries: 100 })).seqs).toEqual([8, 9, 10, 11, 12])
  })

  test('an empty log', async () => {
    const empty = uniqueName()
    for (const range of [{}, { after: 0 }, { before: 5 }]) {
      const page = await three.c.log.read(empty, { ...range, entries: 10 })
      expect(page).toMatchObject({ head: 0, entries: [], more: false, truncated: false })
    }
    const behind = await three.c.log.read(empty, { after: 5, entries: 10 })
    expect(behind).toMatchObject({ head: 0, entries: [], truncated: true })
  })

  test('a long log is read in order, also past tens, hundreds and thousands', async () => {
    const long = uniqueName()
    await Promise.all(span(1, 1_100).map((i) => append(three.a.log, long, message(ada, String(i)))))
    const seqs: number[] = [95]
    for (let more = true; more; ) {
      const page = await three.b.log.read(long, { after: seqs.at(-1)!, entries: 1_005 })
      seqs.push(...page.entries.map((entry) => entry.seq))
      more = page.more
    }
    expect(seqs).toEqual(span(95, 1_100))
    await post(three.a, long, ada, 'one more')
    const newest = await three.b.log.read(long, { entries: 3 })
    expect(newest.entries.map((entry) => entry.seq)).toEqual([1_099, 1_100, 1_101])
  })

  test('a page ends at PAGE_MAX_BYTES, with `more`, in both directions; a single entry always fits', async () => {
    const heavy = uniqueName()
    for (const _ of span(1, 40)) await append(three.a.log, heavy, message(ada, '漢'.repeat(4_000)))
    const pages = { forward: [] as number[], backward: [] as number[] }
    for (let more = true; more; ) {
      const page = await three.b.log.read(heavy, { after: pages.forward.at(-1) ?? 0, entries: 100 })
      expect(Buffer.byteLength(JSON.stringify(page.entries))).toBeLessThanOrEqual(PAGE_MAX_BYTES)
      expect(page.entries.length).toBeGreaterThan(1)
      pages.forward.push(...page.entries.map((entry) => entry.seq))
      more = page.more
    }
    for (let more = true; more; ) {
      const page = await three.b.log.read(heavy, { before: pages.backward[0], entries: 100 })
      expect(Buffer.byteLength(JSON.stringify(page.entries))).toBeLessThanOrEqual(PAGE_MAX_BYTES)
      expect(page.entries.length).toBeGreaterThan(1)
      pages.backward.unshift(...page.entries.map((entry) => entry.seq))
      more = page.more
    }
    expect(pages).toEqual({ forward: span(1, 40), backward: span(1, 40) })
  })
}
