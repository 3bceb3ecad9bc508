import { expect, test } from '@jest/globals'
import { EDITS_PER_MESSAGE_MAX } from '../../../protocol/limits.ts'
import type { Draft } from '../../domain/ports.ts'
import { append, expectFault, message, newUser, post, type Three, uniqueName } from './cluster.ts'
import { RecordingFollower, span } from './recording-follower.ts'

export function appending(three: Three): void {
  test('the entry is the draft with its position in the log', async () => {
    const room = uniqueName()
    const ada = newUser()
    const before = three.a.now()
    const first = await append(three.a.log, room, message(ada, 'hello', { clientId: 'c1' }))
    expect(first).toEqual({ seq: 1, kind: 'message', room, at: first.at, by: ada, clientId: 'c1', text: 'hello' })
    expect(Math.abs(first.at - before)).toBeLessThan(5_000)

    const drafts: Draft[] = [
      message(ada, 'an answer', { replyTo: 1, sentAt: 1_700_000_000_123 }),
      { kind: 'edit', by: ada, target: 1, text: 'hello!' },
      { kind: 'reaction', by: ada, target: 1, emoji: '👋', on: false },
      { kind: 'delete', by: ada, target: 1 },
    ]
    for (const [i, draft] of drafts.entries()) {
      const entry = await append(three.b.log, room, draft)
      expect(entry).toEqual({ ...draft, seq: i + 2, room, at: entry.at })
    }
  })

  test('three nodes at once: numbered without a gap, one order for all, `at` never decreases', async () => {
    const room = uniqueName()
    const ada = newUser()
    const followers = await Promise.all(three.all.map((store) => RecordingFollower.at(store, room)))
    const answers = await Promise.all(
      span(1, 300).map((i) => append(three.all[i % 3]!.log, room, message(ada, `number ${i}`, { clientId: `c${i}` }))),
    )
    expect(answers.map((entry) => entry.seq).sort((x, y) => x - y)).toEqual(span(1, 300))

    const { entries } = await three.c.log.read(room, { after: 0, entries: 500 })
    expect(entries).toEqual([...answers].sort((x, y) => x.seq - y.seq))
    for (const [i, entry] of entries.entries()) expect(entry.at).toBeGreaterThanOrEqual(entries[i - 1]?.at ?? 0)
    for (const follower of followers) {
      await follower.waitFor(300)
      expect(follower.received).toEqual(entries)
      follower.stop()
    }
  })

  test('each room is numbered separately', async () => {
    const [one, other] = [uniqueName(), uniqueName()]
    await post(three.a, one, newUser(), 'x', 'y')
    expect((await post(three.b, other, newUser(), 'z'))[0]!.seq).toBe(1)
  })

  test('append accepts the epoch that was read, also for an empty log', async () => {
    const room = uniqueName()
    const { epoch } = await three.a.log.read(room, { entries: 1 })
    expect(epoch).toMatch(/^.{1,64}$/)
    await append(three.b.log, room, message(newUser(), 'x', { epoch }))
    expect((await three.c.log.read(room, { entries: 1 })).epoch).toBe(epoch)
  })

  test('stale_epoch: the epoch has ended; it takes precedence over other faults', async () => {
    const room = uniqueName()
    const ada = newUser()
    await post(three.a, room, ada, 'x')
    await expectFault(append(three.a.log, room, message(ada, 'y', { epoch: 'another' })), 'stale_epoch')
    await expectFault(
      append(three.b.log, room, { kind: 'delete', by: ada, target: 9, epoch: 'another' }),
      'stale_epoch',
    )
  })

  test('no_such_entry: the target is missing or not a message', async () => {
    const room = uniqueName()
    const ada = newUser()
    await post(three.a, room, ada, 'x')
    await append(three.a.log, room, { kind: 'reaction', by: ada, target: 1, emoji: '👍', on: true })
    await append(three.a.log, room, { kind: 'edit', by: ada, target: 1, text: 'X' })
    for (const target of [2, 3, 4, 5, 1_000_000]) {
      await expectFault(append(three.b.log, room, message(ada, 'y', { replyTo: target })), 'no_such_entry')
      await expectFault(append(three.b.log, room, { kind: 'edit', by: ada, target, text: 'y' }), 'no_such_entry')
      await expectFault(append(three.b.log, room, { kind: 'delete', by: ada, target }), 'no_such_entry')
      await expectFault(
        append(three.b.log, room, { kind: 'reaction', by: ada, target, emoji: '👍', on: true }),
        'no_such_entry',
      )
    }
  })

  test('deleted: a deleted message accepts no replies, edits, deletions or reactions', async () => {
    const room = uniqueName()
    const [ada, bob] = [newUser(), newUser('Bob')]
    await post(three.a, room, ada, 'x')
    await append(three.a.log, room, { kind: 'delete', by: ada, target: 1 })
    await expectFault(append(three.b.log, room, message(ada, 'y', { replyTo: 1 })), 'deleted')
    await expectFault(append(three.b.log, room, { kind: 'edit', by: ada, target: 1, text: 'y' }), 'deleted')
    await expectFault(append(three.b.log, room, { kind: 'edit', by: bob, target: 1, text: 'y' }), 'deleted')
    await expectFault(append(three.b.log, room, { kind: 'delete', by: ada, target: 1 }), 'deleted')
    await expectFault(
      append(three.b.log, room, { kind: 'reaction', by: bob, target: 1, emoji: '👍', on: true }),
      'deleted',
    )
  })

  test('not_author: only the author edits and deletes; all users reply and react', async () => {
    const room = uniqueName()
    const [ada, bob] = [newUser(), newUser()]
    await post(three.a, room, ada, 'x')
    await expectFault(append(three.b.log, room, { kind: 'edit', by: bob, target: 1, text: 'y' }), 'not_author')
    await expectFault(append(three.b.log, room, { kind: 'delete', by: bob, target: 1 }), 'not_author')
    await append(three.b.log, room, message(bob, 'y', { replyTo: 1 }))
    await append(three.b.log, room, { kind: 'reaction', by: bob, target: 1, emoji: '👍', on: true })
  })

  test('too_many: the number of edits per message is limited; the message can still be deleted, with all of them', async () => {
    const room = uniqueName()
    const ada = newUser()
    await post(three.a, room, ada, 'secret', 'other')
    const edit = (nth: number): Draft => ({
      kind: 'edit',
      by: ada,
      target: 1,
      text: `secret ${nth}`,
      clientId: `c${nth}`,
    })
    const tries = span(1, EDITS_PER_MESSAGE_MAX + 20)
    const tried = await Promise.allSettled(tries.map((nth) => append(three.all[nth % 3]!.log, room, edit(nth))))
    const edits = tried.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value)
    expect(edits).toHaveLength(EDITS_PER_MESSAGE_MAX)
    await expectFault(append(three.b.log, room, edit(0)), 'too_many')

    for (const made of [edits[0]!, edits.at(-1)!]) {
      const again = await append(three.c.log, room, edit(Number(made.clientId!.slice(1))))
      expect(again).toEqual(made)
    }
    await append(three.b.log, room, { kind: 'edit', by: ada, target: 2, text: 'another' })
    await append(three.b.log, room, { kind: 'reaction', by: ada, target: 1, emoji: '👍', on: true })
    await append(three.a.log, room, { kind: 'delete', by: ada, target: 1 })
    for (let after = 0, more = true; more; after += 100) {
      const page = await three.c.log.read(room, { after, entries: 100 })
      expect(page.head).toBe(EDITS_PER_MESSAGE_MAX + 5)
      expect(JSON.stringify(page)).not.toContain('secret')
      more = page.more
    }
    await expectFault(append(three.b.log, room, edit(0)), 'deleted')
  }, 30_000)

  test('a rejected append has no effect: no entry, no delivery, no clientId', async () => {
    const room = uniqueName()
    const ada = newUser()
    const [first] = await post(three.a, room, ada, 'x')
    const follower = await RecordingFollower.at(three.b, room)
    await expectFault(append(three.a.log, room, message(ada, 'y', { clientId: 'again', replyTo: 7 })), 'no_such_entry')
    await expectFault(
      append(three.a.log, room, message(ada, 'y', { clientId: 'again', epoch: 'another' })),
      'stale_epoch',
    )
    expect(await three.c.log.read(room, { entries: 10 })).toMatchObject({ head: 1, entries: [first] })

    const second = await append(three.a.log, room, message(ada, 'y', { clientId: 'again' }))
    await follower.waitFor(2)
    expect(follower.received).toEqual([second])
    follower.stop()
  })
}
