import { expect, test } from '@jest/globals'
import { append, expectFault, message, newUser, post, type Three, uniqueName, until } from './cluster.ts'
import { span } from './recording-follower.ts'
import { shownRoom } from './rooms.ts'

export function unread(three: Three): void {
  test('markRead only moves forward, separately for each user', async () => {
    const room = uniqueName()
    const [ada, bob] = [newUser(), newUser('Bob')]
    await post(three.a, room, ada, 'x', 'y', 'z')
    expect(await three.a.rooms.markRead(room, bob.id, 2)).toBe(true)
    expect(await three.b.rooms.markRead(room, bob.id, 2)).toBe(false)
    expect(await three.b.rooms.markRead(room, bob.id, 1)).toBe(false)
    expect(await shownRoom(three.c, bob.id, room)).toMatchObject({ head: 3, read: 2, unread: 1 })
    expect(await shownRoom(three.c, ada.id, room)).toMatchObject({ head: 3, read: 0, unread: 3 })
    expect(await three.c.rooms.markRead(room, bob.id, 3)).toBe(true)
    expect(await shownRoom(three.a, bob.id, room)).toMatchObject({ read: 3, unread: 0 })
  })

  test('of concurrent calls the furthest wins, and one call reports each step', async () => {
    const room = uniqueName()
    const ada = newUser()
    await post(three.a, room, ada, ...span(1, 9).map(String))
    const answers = await Promise.all(three.all.map((store) => store.rooms.markRead(room, ada.id, 9)))
    expect(answers.filter((first) => first)).toHaveLength(1)
    await Promise.all(span(1, 8).map((seq) => three.all[seq % 3]!.rooms.markRead(room, ada.id, seq)))
    expect(await shownRoom(three.a, ada.id, room)).toMatchObject({ read: 9, unread: 0 })
  })

  test('rejects a seq that does not exist, and another epoch', async () => {
    const room = uniqueName()
    const ada = newUser()
    await expectFault(three.a.rooms.markRead(room, ada.id, 1), 'no_such_entry')
    await post(three.a, room, ada, 'x')
    await expectFault(three.b.rooms.markRead(room, ada.id, 2), 'no_such_entry')
    await expectFault(three.b.rooms.markRead(room, ada.id, 1, 'another'), 'stale_epoch')
    const { epoch } = await three.b.log.read(room, { entries: 1 })
    expect(await three.b.rooms.markRead(room, ada.id, 1, epoch)).toBe(true)
  })

  test('unread counts messages only; any entry can be marked as read', async () => {
    const room = uniqueName()
    const ada = newUser()
    await post(three.a, room, ada, 'one')
    const reaction = { kind: 'reaction', by: ada, target: 1, emoji: '👍', on: true } as const
    await append(three.a.log, room, reaction)
    await post(three.a, room, ada, 'two')
    await append(three.a.log, room, { kind: 'edit', by: ada, target: 1, text: 'One' })
    await append(three.a.log, room, reaction)
    const summary = async () => (await shownRoom(three.b, ada.id, room))!
    expect(await summary()).toMatchObject({ head: 5, read: 0, unread: 2 })
    await three.b.rooms.markRead(room, ada.id, 2)
    expect(await summary()).toMatchObject({ head: 5, read: 2, unread: 1 })
    await three.b.rooms.markRead(room, ada.id, 4)
    expect(await summary()).toMatchObject({ head: 5, read: 4, unread: 0 })
  })

  test('unread includes messages trimmed since', async () => {
    const room = uniqueName()
    const ada = newUser()
    const short = await three.another({ logMaxEntries: 3 })
    await post(short, room, ada, '1', '2')
    await short.rooms.markRead(room, ada.id, 1)
    await post(short, room, ada, ...span(3, 10).map(String))
    expect(await shownRoom(short, ada.id, room)).toMatchObject({ head: 10, read: 1, unread: 9 })
    await short.rooms.markRead(room, ada.id, 9)
    expect(await shownRoom(short, ada.id, room)).toMatchObject({ head: 10, read: 9, unread: 1 })
  })

  test('a trimmed entry can be marked as read; the entries left are unread then', async () => {
    const room = uniqueName()
    const [ada, bob] = [newUser(), newUser('Bob')]
    const short = await three.another({ logMaxEntries: 3 })
    await post(short, room, ada, ...span(1, 10).map(String))
    const { epoch } = await short.log.read(room, { entries: 1 })
    expect(await short.rooms.markRead(room, bob.id, 4, epoch)).toBe(true)
    expect(await short.rooms.markRead(room, bob.id, 4, epoch)).toBe(false)
    expect(await shownRoom(short, bob.id, room)).toMatchObject({ head: 10, read: 4, unread: 3 })
    expect(await short.rooms.markRead(room, bob.id, 7)).toBe(true)
    expect(await shownRoom(short, bob.id, room)).toMatchObject({ read: 7, unread: 3 })
    await short.rooms.markRead(room, bob.id, 8)
    expect(await shownRoom(short, bob.id, room)).toMatchObject({ read: 8, unread: 2 })
    await expectFault(short.rooms.markRead(room, bob.id, 11), 'no_such_entry')
    await expectFault(short.rooms.markRead(room, bob.id, 4, 'another'), 'stale_epoch')
  })

  test('the same holds if the oldest entry left is not a message, and if none is left', async () => {
    const [room, gone] = [uniqueName(), uniqueName()]
    const ada = newUser()
    const short = await three.another({ logMaxBytes: 700 })
    await post(short, room, ada, 'x'.repeat(600))
    await append(short.log, room, { kind: 'reaction', by: ada, target: 1, emoji: '👍', on: true })
    await post(short, room, ada, '3')
    expect((await short.log.read(room, { entries: 10 })).entries[0]).toMatchObject({ seq: 2, kind: 'reaction' })
    expect(await short.rooms.markRead(room, ada.id, 1)).toBe(true)
    expect(await shownRoom(short, ada.id, room)).toMatchObject({ head: 3, read: 1, unread: 1 })

    const brief = await three.another({ logMaxAgeMs: 100 })
    await post(brief, gone, ada, '1', '2', '3')
    await until(async () => (await brief.log.read(gone, { entries: 10 })).entries.length === 0)
    expect(await brief.rooms.markRead(gone, ada.id, 2)).toBe(true)
    await post(three.a, gone, ada, '4')
    expect(await brief.rooms.markRead(gone, ada.id, 3)).toBe(true)
    expect(await shownRoom(three.b, ada.id, gone)).toMatchObject({ head: 4, read: 3, unread: 1 })
  })

  test('`last` is the newest message, not the newest entry; without its text if deleted', async () => {
    const room = uniqueName()
    const ada = newUser()
    const [, said] = await post(three.a, room, ada, 'first', 'a secret')
    await append(three.a.log, room, { kind: 'reaction', by: ada, target: 1, emoji: '👍', on: true })
    expect((await shownRoom(three.b, ada.id, room))!.last).toEqual(said)
    await append(three.a.log, room, { kind: 'delete', by: ada, target: 2 })
    const { text: _, ...rest } = said!
    expect((await shownRoom(three.b, ada.id, room))!.last).toEqual({ ...rest, deleted: true })
    const newer = await append(three.c.log, room, message(ada, 'newer'))
    expect((await shownRoom(three.b, ada.id, room))!.last).toEqual(newer)
  })
}
