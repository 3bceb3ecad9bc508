import { expect, test } from '@jest/globals'
import type { User } from '../../../protocol/people.ts'
import { directRoom } from '../../../protocol/room.ts'
import type { Store } from '../../domain/ports.ts'
import { RoomDirectory } from '../../domain/room-directory.ts'
import { listSorted, summariesFor } from '../../domain/room-list.ts'
import { newUser, post, type Three, uniqueName, until } from './cluster.ts'
import { span } from './recording-follower.ts'

type Page = Omit<Parameters<typeof listSorted>[2], 'limit'>

/** Posts to each room in turn, with different timestamps. */
async function sayInTurn(store: Store, rooms: readonly string[], by: User): Promise<void> {
  for (const room of rooms) {
    const [entry] = await post(store, room, by, 'x')
    await until(async () => Date.now() > entry!.at)
  }
}

export function roomDirectory(three: Three): void {
  const directoryOf = (store: Store, changed?: (room: string) => void) => new RoomDirectory(store.rooms, changed)

  /** All rooms of a sorted list, page by page. */
  async function names(store: Store, user: string, page: Page, limit: number, directory = directoryOf(store)) {
    const found: string[] = []
    let after = page.after
    do {
      const source = { rooms: store.rooms, users: store.users, directory }
      const { states, next } = await listSorted(source, user, { ...page, after, limit })
      expect(states.length).toBeLessThanOrEqual(limit)
      found.push(...states.map(({ room }) => room))
      after = next
    } while (after !== undefined)
    return found
  }

  test('sorts by activity and by name, and filters by part of the name; each room once for any page size', async () => {
    const [ada, bob, eve] = [newUser(), newUser('Bob of the Hill'), newUser('Eve')]
    await Promise.all([ada, bob, eve].map((user) => three.a.users.remember(user)))
    const stem = uniqueName('q')
    const rooms = span(1, 7).map((i) => `${stem}-${i}`)
    await sayInTurn(three.a, rooms, eve)
    const direct = directRoom(ada.id, bob.id)
    await three.b.rooms.openDirect(direct, [ada.id, bob.id])
    await sayInTurn(three.b, [direct], bob)
    await post(three.a, rooms[2]!, eve, 'the latest')
    const expected = [rooms[2]!, ...[...rooms].reverse().filter((room) => room !== rooms[2])]
    for (const limit of [1, 2, 3, 50]) {
      expect(await names(three.a, ada.id, { order: 'activity', query: stem }, limit)).toEqual(expected)
      expect(await names(three.a, ada.id, { order: 'name', query: stem }, limit)).toEqual(rooms)
    }
    expect(await names(three.a, ada.id, { order: 'activity', query: 'of the HILL' }, 5)).toEqual([direct])
    expect(await names(three.a, eve.id, { order: 'activity', query: 'of the hill' }, 5)).toEqual([])
    const all = await names(three.a, ada.id, { order: 'activity' }, 50)
    expect(all.filter((room) => room.startsWith(stem) || room === direct)).toEqual([
      rooms[2],
      direct,
      ...expected.slice(1),
    ])
    expect(all).toEqual([...new Set(all)])
    const mark = { order: 'activity', after: rooms[2] } as const
    await expect(names(three.a, ada.id, mark, 5)).rejects.toMatchObject({ code: 'bad_input' })
  })

  test('a room that moves to the front between two pages hides none of the others', async () => {
    const ada = newUser()
    const stem = uniqueName('m')
    const rooms = span(1, 4).map((i) => `${stem}-${i}`)
    await sayInTurn(three.a, rooms, ada)
    const directory = directoryOf(three.a)
    const source = { rooms: three.a.rooms, users: three.a.users, directory }
    const page = { order: 'activity', query: stem, limit: 2 } as const
    const first = await listSorted(source, ada.id, page)
    expect(first.states.map(({ room }) => room)).toEqual([rooms[3], rooms[2]])
    await post(three.a, rooms[2]!, ada, 'again')
    const second = await listSorted(source, ada.id, { ...page, after: first.next })
    expect(second.states.map(({ room }) => room)).toEqual([rooms[1], rooms[0]])
  })

  test('changes of a room are reported on every node: entries, presence, becoming empty', async () => {
    const ada = newUser()
    const room = uniqueName()
    const heard = new Set<string>()
    const directory = directoryOf(three.c, (name) => heard.add(name))
    await directory.refresh()
    const told = async (yes: () => boolean) => {
      await until(async () => {
        await directory.refresh()
        return heard.has(room) && yes()
      })
      heard.clear()
    }
    await three.a.roster.update(room, [{ user: ada, status: 'online' }])
    await told(() => directory.get(room)?.online === 1)
    await three.a.roster.update(room, [{ user: ada, status: null }])
    await told(() => directory.get(room) === undefined)
    const [entry] = await post(three.b, room, ada, 'x')
    await told(() => directory.get(room)?.last?.seq === entry!.seq)
    expect(directory.get(room)).toMatchObject({ room, head: 1, messages: 1, online: 0, last: entry })
    await directory.refresh()
    expect(heard.has(room)).toBe(false)
  })

  test('direct rooms are reported by name when opened, appended to or read; match rooms never are', async () => {
    const [ada, bob] = [newUser(), newUser('Bob')]
    const room = directRoom(ada.id, bob.id)
    const heard = new Set<string>()
    const directory = directoryOf(three.b, (name) => heard.add(name))
    await directory.refresh()
    const told = async () => {
      await until(async () => {
        await directory.refresh()
        return heard.delete(room)
      })
    }
    await three.a.rooms.openDirect(room, [ada.id, bob.id])
    await told()
    await post(three.a, room, ada, 'x')
    await told()
    const match = `match:${uniqueName()}`
    await post(three.a, match, ada, 'x')
    await three.a.rooms.markRead(room, bob.id, 1)
    await told()
    expect(heard.has(match)).toBe(false)
    expect(directory.get(room)).toBeUndefined()
    const states = (await three.b.rooms.states([room])).flatMap((state) => state ?? [])
    expect(await summariesFor(three.b.rooms, bob.id, states)).toMatchObject([{ room, read: 1, unread: 0 }])
  })

  test('changes by this node are reported at once; an unknown position means that all rooms may have changed', async () => {
    const room = uniqueName()
    const { next, rooms } = await three.a.rooms.changes()
    expect(rooms).toBeUndefined()
    await post(three.a, room, newUser(), 'x', 'y')
    const changed = await three.a.rooms.changes(next)
    expect(changed.rooms?.filter((name) => name === room)).toEqual([room])
    expect((await three.a.rooms.changes(changed.next)).rooms ?? []).not.toContain(room)
    expect((await three.a.rooms.changes('another 7')).rooms ?? []).not.toContain(room)
  })

  test('an unchanged state is the same object', async () => {
    const room = uniqueName()
    await post(three.a, room, newUser(), 'x')
    const [[one], [other]] = [await three.b.rooms.states([room]), await three.b.rooms.states([room])]
    expect(one).toBeDefined()
    expect(other).toBe(one)
    await post(three.a, room, newUser(), 'y')
    expect((await three.b.rooms.states([room]))[0]).toMatchObject({ head: 2, messages: 2 })
  })
}
