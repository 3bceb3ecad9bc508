import { expect, test } from '@jest/globals'
import { append, fresh, message, refused, say, someone, type Three, until } from './cluster.ts'
import { span } from './recording-follower.ts'

export function trimming(three: Three): void {
  test('a log that is too long loses its oldest entries, and no number', async () => {
    const room = fresh()
    const short = await three.another({ logMaxEntries: 5 })
    await say(short, room, someone(), ...span(1, 12).map(String))
    const page = await short.log.read(room, { after: 0, entries: 100 })
    expect(page).toMatchObject({ head: 12, truncated: true, more: false })
    expect(page.entries.map((entry) => entry.seq)).toEqual(span(8, 12))
    expect((await say(short, room, someone(), 'next'))[0]!.seq).toBe(13)
  })

  test('reading over the hole: truncated only for those who missed something', async () => {
    const room = fresh()
    const short = await three.another({ logMaxEntries: 5 })
    await say(short, room, someone(), ...span(1, 12).map(String))
    const forward = async (after: number) => {
      const { entries, truncated, more } = await short.log.read(room, { after, entries: 3 })
      return { seqs: entries.map((entry) => entry.seq), truncated, more }
    }
    expect(await forward(6)).toEqual({ seqs: [8, 9, 10], truncated: true, more: true })
    expect(await forward(7)).toEqual({ seqs: [8, 9, 10], truncated: false, more: true })
    expect(await forward(9)).toEqual({ seqs: [10, 11, 12], truncated: false, more: false })
  })

  test('reading backward ends at the oldest entry that is left', async () => {
    const room = fresh()
    const short = await three.another({ logMaxEntries: 5 })
    await say(short, room, someone(), ...span(1, 12).map(String))
    const older = await short.log.read(room, { before: 10, entries: 100 })
    expect(older.entries.map((entry) => entry.seq)).toEqual([8, 9])
    expect(older).toMatchObject({ more: false, truncated: false })
    expect(await short.log.read(room, { before: 8, entries: 100 })).toMatchObject({ entries: [], more: false })
  })

  test('a trimmed message can be named no more', async () => {
    const room = fresh()
    const ada = someone()
    const short = await three.another({ logMaxEntries: 2 })
    await say(short, room, ada, 'x', 'y', 'z')
    await refused(append(short.log, room, message(ada, 'w', { replyTo: 1 })), 'no_such_entry')
    await refused(append(short.log, room, { kind: 'delete', by: ada, target: 1 }), 'no_such_entry')
    await append(short.log, room, message(ada, 'w', { replyTo: 2 }))
  })

  test('a log loses what is too old', async () => {
    const room = fresh()
    const ada = someone()
    const brief = await three.another({ logMaxAgeMs: 200 })
    await say(brief, room, ada, 'old', 'old too')
    await until(async () => {
      await say(brief, room, ada, 'newer')
      const { entries, truncated } = await brief.log.read(room, { after: 0, entries: 1 })
      return truncated && entries[0]!.seq > 2
    })
    await refused(append(brief.log, room, { kind: 'edit', by: ada, target: 1, text: 'x' }), 'no_such_entry')
  })

  test('it loses it also where nothing is said any more, and keeps its number', async () => {
    const room = fresh()
    const brief = await three.another({ logMaxAgeMs: 100 })
    await say(brief, room, someone(), 'x', 'y')
    await until(async () => (await brief.log.read(room, { entries: 10 })).entries.length === 0)
    expect(await brief.log.read(room, { after: 0, entries: 10 })).toMatchObject({
      head: 2,
      entries: [],
      truncated: true,
      more: false,
    })
    expect((await say(brief, room, someone(), 'z'))[0]!.seq).toBe(3)
  })
}
