import { expect, test } from '@jest/globals'
import { append, message, newUser, post, type Three, uniqueName } from './cluster.ts'
import { RecordingFollower } from './recording-follower.ts'

export function deletion(three: Three): void {
  test('removes the text of the message and of its edits; they keep their seq', async () => {
    const room = uniqueName()
    const ada = newUser()
    const original = message(ada, 'a secret', { clientId: 'original', sentAt: 1_700_000_000_123 })
    const edit = { kind: 'edit', by: ada, target: 1, text: 'a secret, again', clientId: 'edit' } as const
    const said = await append(three.a.log, room, original)
    const answer = await append(three.a.log, room, message(ada, 'an answer', { replyTo: 1 }))
    const edited = await append(three.b.log, room, edit)
    const removal = await append(three.c.log, room, { kind: 'delete', by: ada, target: 1 })

    const { text: _, ...saidLess } = said
    const { text: __, ...editedLess } = edited
    const page = await three.b.log.read(room, { after: 0, entries: 10 })
    expect(page.entries).toEqual([{ ...saidLess, deleted: true }, answer, { ...editedLess, deleted: true }, removal])
    expect(JSON.stringify(page)).not.toContain('secret')
    expect(page.entries[0]).not.toHaveProperty('text')

    expect(await append(three.a.log, room, original)).toEqual({ ...saidLess, deleted: true })
    expect(await append(three.b.log, room, edit)).toEqual({ ...editedLess, deleted: true })
  })

  test('affects no other message and no edit of another message', async () => {
    const room = uniqueName()
    const ada = newUser()
    const [, other] = await post(three.a, room, ada, 'goes', 'stays')
    const edit = await append(three.a.log, room, { kind: 'edit', by: ada, target: 2, text: 'stays here' })
    await append(three.a.log, room, { kind: 'delete', by: ada, target: 1 })
    expect((await three.a.log.read(room, { after: 1, entries: 2 })).entries).toEqual([other, edit])
  })

  test('is delivered after the text was removed from the store', async () => {
    const room = uniqueName()
    const ada = newUser()
    await post(three.a, room, ada, 'a secret')
    const seen = new Promise((resolve) => {
      const entries = () => resolve(three.c.log.read(room, { entries: 10 }))
      three.b.log
        .follow(room, { entries, reset: () => {} })
        .then(() => append(three.a.log, room, { kind: 'delete', by: ada, target: 1 }))
    })
    expect(JSON.stringify(await seen)).not.toContain('secret')
  })

  test('entries delivered before stay in order', async () => {
    const room = uniqueName()
    const ada = newUser()
    const follower = await RecordingFollower.at(three.b, room)
    await Promise.all([
      append(three.a.log, room, message(ada, 'x')),
      append(three.a.log, room, { kind: 'delete', by: ada, target: 1 }).catch(() => undefined),
      append(three.a.log, room, message(ada, 'y')),
    ])
    const { head } = await three.a.log.read(room, { entries: 1 })
    await follower.waitFor(head)
    expect(follower.seqs).toEqual(Array.from({ length: head }, (_, i) => i + 1))
    follower.stop()
  })
}
