import { expect, test } from '@jest/globals'
import { append, expectFault, message, newUser, post, type Three, uniqueName, until } from './cluster.ts'
import { span } from './recording-follower.ts'

export function trimming(three: Three): void {
  test('a log beyond its limit loses its oldest entries and skips no number', async () => {
    const room = uniqueName()
    const short = await three.another({ logMaxEntries: 5 })
    await post(short, room, newUser(), ...span(1, 12).map(String))
    const page = await short.log.read(room, { after: 0, entries: 100 })
    expect(page).toMatchObject({ head: 12, truncated: true, more: false })
    expect(page.entries.map((entry) => entry.seq)).toEqual(span(8, 12))
    expect((await post(short, room, newUser(), 'next'))[0]!.seq).toBe(13)
  })

  test('reading across the gap is truncated only for readers who missed entries', async () => {
    const room = uniqueName()
    const short = await three.another({ logMaxEntries: 5 })
    await post(short, room, newUser(), ...span(1, 12).map(String))
    const forward = async (after: number) => {
      const { entries, truncated, more } = await short.log.read(room, { after, entries: 3 })
      return { seqs: entries.map((entry) => entry.seq), truncated, more }
    }
    expect(await forward(6)).toEqual({ seqs: [8, 9, 10], truncated: true, more: true })
    expect(await forward(7)).toEqual({ seqs: [8, 9, 10], truncated: false, more: true })
    expect(await forward(9)).toEqual({ seqs: [10, 11, 12], truncated: false, more: false })
  })

  test('reading backward ends at the oldest entry left', async () => {
    const room = uniqueName()
    const short = await three.another({ logMaxEntries: 5 })
    await post(short, room, newUser(), ...span(1, 12).map(String))
    const older = await short.log.read(room, { before: 10, entries: 100 })
    expect(older.entries.map((entry) => entry.seq)).toEqual([8, 9])
    expect(older).toMatchObject({ more: false, truncated: false })
    expect(await short.log.read(room, { before: 8, entries: 100 })).toMatchObject({ entries: [], more: false })
  })

  test('a trimmed message can no longer be referred to', async () => {
    const room = uniqueName()
    const ada = newUser()
    const short = await three.another({ logMaxEntries: 2 })
    await post(short, room, ada, 'x', 'y', 'z')
    await expectFault(append(short.log, room, message(ada, 'w', { replyTo: 1 })), 'no_such_entry')
    await expectFault(append(short.log, room, { kind: 'delete', by: ada, target: 1 }), 'no_such_entry')
    await append(short.log, room, message(ada, 'w', { replyTo: 2 }))
  })

  test('a log loses entries beyond their maximum age', async () => {
    const room = uniqueName()
    const ada = newUser()
    const brief = await three.another({ logMaxAgeMs: 200 })
    await post(brief, room, ada, 'old', 'old too')
    await until(async () => {
      await post(brief, room, ada, 'newer')
      const { entries, truncated } = await brief.log.read(room, { after: 0, entries: 1 })
      return truncated && entries[0]!.seq > 2
    })
    await expectFault(append(brief.log, room, { kind: 'edit', by: ada, target: 1, text: 'x' }), 'no_such_entry')
  })

  test('a log without appends loses them, too, and keeps its numbering', async () => {
    const room = uniqueName()
    const brief = await three.another({ logMaxAgeMs: 100 })
    await post(brief, room, newUser(), 'x', 'y')
    await until(async () => (await brief.log.read(room, { entries: 10 })).entries.length === 0)
    expect(await brief.log.read(room, { after: 0, entries: 10 })).toMatchObject({
      head: 2,
      entries: [],
      truncated: true,
      more: false,
    })
    expect((await post(brief, room, newUser(), 'z'))[0]!.seq).toBe(3)
  })
}
