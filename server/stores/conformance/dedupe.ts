import { expect, test } from '@jest/globals'
import { append, message, newUser, post, type Three, uniqueName, until } from './cluster.ts'
import { RecordingFollower } from './recording-follower.ts'

export function dedupe(three: Three): void {
  test('a retry on any node returns the original entry, whatever its content', async () => {
    const room = uniqueName()
    const ada = newUser()
    const follower = await RecordingFollower.at(three.c, room)
    const first = await append(three.a.log, room, message(ada, 'once', { clientId: 'c1' }))
    for (const store of three.all) {
      expect(await append(store.log, room, message(ada, 'once', { clientId: 'c1' }))).toEqual(first)
      expect(await append(store.log, room, message(ada, 'other words', { clientId: 'c1' }))).toEqual(first)
    }
    await post(three.a, room, ada, 'next')
    await follower.waitFor(2)
    expect(follower.seqs).toEqual([1, 2])
    follower.stop()
  })

  test('concurrent retries on three nodes append one entry', async () => {
    const room = uniqueName()
    const ada = newUser()
    const draft = message(ada, 'at once', { clientId: 'c1' })
    const answers = await Promise.all([...three.all, ...three.all].map((store) => store.log.append(room, draft)))
    for (const { entry } of answers) expect(entry).toEqual(answers[0]!.entry)
    expect(answers.filter(({ created }) => created)).toHaveLength(1)
    expect((await three.a.log.read(room, { entries: 10 })).head).toBe(1)
  })

  test('clientIds are separate per author and per room', async () => {
    const [room, elsewhere] = [uniqueName(), uniqueName()]
    const [ada, bob] = [newUser(), newUser()]
    const draft = { clientId: 'c1' }
    expect((await append(three.a.log, room, message(ada, 'x', draft))).seq).toBe(1)
    expect((await append(three.a.log, room, message(bob, 'x', draft))).seq).toBe(2)
    expect((await append(three.a.log, elsewhere, message(ada, 'x', draft))).room).toBe(elsewhere)
  })

  test('clientIds that resemble parts of a key are kept apart', async () => {
    const room = uniqueName()
    const tail = uniqueName('')
    const pairs = [
      [`a${tail}`, 'b-c'],
      [`a${tail}b`, '-c'],
      [`a${tail}`, '-'],
      [`a${tail}`, '--'],
      [`a${tail}`, '_'],
      [`a${tail}`, '__proto__'],
      [`a${tail}`, 'constructor'],
      [`a${tail}`, '0'],
      [`a${tail}`, '00'],
      [`a${tail}`, 'C'],
      [`a${tail}`, 'c'],
      [`a${tail}`, 'x'.repeat(64)],
    ] as const
    for (const [i, [id, clientId]] of pairs.entries()) {
      const draft = message({ id, name: 'Ada' }, `number ${i}`, { clientId })
      expect((await append(three.a.log, room, draft)).seq).toBe(i + 1)
      expect((await append(three.b.log, room, draft)).seq).toBe(i + 1)
    }
  })

  test('deduplication precedes all other checks', async () => {
    const room = uniqueName()
    const ada = newUser()
    await post(three.a, room, ada, 'target')
    const reply = message(ada, 'answer', { clientId: 'reply', replyTo: 1 })
    const reaction = { kind: 'reaction', by: ada, target: 1, emoji: '🎉', on: true, clientId: 'react' } as const
    const removal = { kind: 'delete', by: ada, target: 1, clientId: 'delete' } as const
    const first = [
      await append(three.a.log, room, reply),
      await append(three.a.log, room, reaction),
      await append(three.a.log, room, removal),
    ]
    const again = []
    for (const draft of [reply, reaction, removal]) {
      again.push(await append(three.b.log, room, { ...draft, epoch: 'another' }))
    }
    expect(again).toEqual(first)
  })

  test('a retry of a trimmed entry returns its position, without its text', async () => {
    const room = uniqueName()
    const ada = newUser()
    const short = await three.another({ logMaxEntries: 2 })
    const { text: _, ...first } = await append(short.log, room, message(ada, 'long gone', { clientId: 'c1' }))
    await post(short, room, ada, 'x', 'y', 'z')
    const again = await short.log.append(room, message(ada, 'long gone', { clientId: 'c1' }))
    expect(again).toEqual({ entry: { ...first, deleted: true }, created: false })
    expect((await short.log.read(room, { entries: 10 })).head).toBe(4)
  })

  test('a clientId is forgotten after the dedupe window', async () => {
    const room = uniqueName()
    const brief = await three.another({ dedupeMs: 150 })
    const draft = message(newUser(), 'again', { clientId: 'c1' })
    expect((await append(brief.log, room, draft)).seq).toBe(1)
    await until(async () => (await append(brief.log, room, draft)).seq === 2)
  })
}
