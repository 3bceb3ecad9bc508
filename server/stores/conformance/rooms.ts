import { expect, test } from '@jest/globals'
import type { RoomSummary } from '../../../protocol/commands.ts'
import { directRoom, LOBBY, MATCH } from '../../../protocol/room.ts'
import type { Store } from '../../domain/ports.ts'
import { listByName, summariesFor } from '../../domain/room-list.ts'
import { newUser, post, type Three, uniqueName, until } from './cluster.ts'
import { span } from './recording-follower.ts'

/** All rooms listed for a user, of all pages. */
export async function shown(store: Store, user: string, limit = 50): Promise<RoomSummary[]> {
  const rooms: RoomSummary[] = []
  let after: string | undefined
  do {
    const page = await listByName(store.rooms, user, { after, limit })
    rooms.push(...(await summariesFor(store.rooms, user, page.states)))
    after = page.next
  } while (after !== undefined)
  return rooms
}

export const shownRoom = async (store: Store, user: string, room: string): Promise<RoomSummary | undefined> =>
  (await shown(store, user)).find((summary) => summary.room === room)

export function rooms(three: Three): void {
  const someUser = newUser()
  const isShown = async (room: string, user = someUser) => (await shownRoom(three.c, user.id, room)) !== undefined

  test('lists the lobby, always', async () => {
    expect(await isShown(LOBBY)).toBe(true)
  })

  test('lists a public room with entries', async () => {
    const room = uniqueName()
    expect(await isShown(room)).toBe(false)
    const [entry] = await post(three.a, room, newUser(), 'x')
    expect(await shownRoom(three.b, someUser.id, room)).toEqual({
      room,
      online: 0,
      head: 1,
      read: 0,
      unread: 1,
      last: entry,
    })
  })

  test('lists a public room while it has users', async () => {
    const room = uniqueName()
    const [ada, bob] = [newUser(), newUser('Bob')]
    const status = 'online'
    await three.a.roster.update(room, [{ user: ada, status }])
    await three.b.roster.update(room, [
      { user: ada, status },
      { user: bob, status },
    ])
    const summary = { room, online: 2, head: 0, read: 0, unread: 0 }
    expect(await shownRoom(three.c, someUser.id, room)).toEqual(summary)
    await three.a.roster.replace(room, [])
    await three.b.roster.update(room, [
      { user: ada, status: null },
      { user: bob, status: null },
    ])
    await until(async () => !(await isShown(room)))
  })

  test('does not list a room that was only read', async () => {
    const room = uniqueName()
    await three.a.log.read(room, { entries: 1 })
    const { stop } = await three.a.log.follow(room, { entries: () => {}, reset: () => {} })
    expect(await isShown(room)).toBe(false)
    stop()
  })

  test('lists a direct room for its two users, once opened', async () => {
    const [ada, bob, eve] = [newUser(), newUser('Bob'), newUser('Eve')]
    const room = directRoom(ada.id, bob.id)
    expect(await isShown(room, ada)).toBe(false)
    await three.a.rooms.openDirect(room, [ada.id, bob.id])
    await post(three.a, room, ada, 'a word')
    await three.a.roster.update(room, [{ user: ada, status: 'online' }])
    expect(await isShown(room, ada)).toBe(true)
    expect(await shownRoom(three.b, bob.id, room)).toMatchObject({ room, online: 1, head: 1, unread: 1 })
    expect(await isShown(room, eve)).toBe(false)
  })

  test('lists match rooms for no user', async () => {
    const [ada, bob] = [newUser(), newUser('Bob')]
    const room = `${MATCH}${uniqueName()}`
    await three.a.roster.update(room, [{ user: ada, status: 'online' }])
    await post(three.a, room, ada, 'hello, stranger')
    expect([await isShown(room, ada), await isShown(room, bob)]).toEqual([false, false])
  })

  test('a direct room is open for its two users once opened; opening it again has no effect', async () => {
    const [ada, bob, eve] = [newUser(), newUser('Bob'), newUser('Eve')]
    const room = directRoom(ada.id, bob.id)
    const open = () => Promise.all([ada, bob, eve].map(async ({ id }, i) => three.all[i]!.rooms.isDirectOpen(room, id)))
    expect(await open()).toEqual([false, false, false])
    const opened = () => three.a.rooms.openDirect(room, [ada.id, bob.id])
    expect((await Promise.all([opened(), opened(), opened()])).filter((isNew) => isNew)).toHaveLength(1)
    expect(await open()).toEqual([true, true, false])
    const [entry] = await post(three.a, room, ada, 'x')
    expect(await three.b.rooms.openDirect(room, [bob.id, ada.id])).toBe(false)
    expect(await open()).toEqual([true, true, false])
    expect(await shownRoom(three.c, ada.id, room)).toMatchObject({ head: 1, last: entry })
  })

  test('direct rooms stay open until their user was absent for rememberMs', async () => {
    const [ada, bob] = [newUser(), newUser('Bob')]
    const room = directRoom(ada.id, bob.id)
    const brief = await three.another({ rememberMs: 1_000 })
    await brief.rooms.openDirect(room, [ada.id, bob.id])
    await three.a.users.remember(ada)
    const isOpenTo = ({ id }: typeof ada) => three.b.rooms.isDirectOpen(room, id)
    expect([await isOpenTo(ada), await isOpenTo(bob)]).toEqual([true, true])
    await until(async () => !(await isOpenTo(bob)))
    expect(await isShown(room, bob)).toBe(false)
    await three.a.users.remember(bob)
    expect(await isOpenTo(bob)).toBe(false)
    expect(await isOpenTo(ada)).toBe(true)
    expect(await isShown(room, ada)).toBe(true)
    await three.a.rooms.openDirect(room, [ada.id, bob.id])
    expect(await isOpenTo(bob)).toBe(true)
  })

  test('lists by name, page by page, each room once, including own direct rooms', async () => {
    const [ada, bob] = [newUser(), newUser('Bob')]
    const stem = uniqueName('z')
    const names = [...span(1, 5).map((i) => `${stem}-${i}`), `${stem}:x`, stem]
    const direct = directRoom(ada.id, bob.id)
    for (const name of names) await post(three.a, name, bob, 'x')
    await three.b.rooms.openDirect(direct, [ada.id, bob.id])
    for (const limit of [1, 2, 3, 50]) {
      const listed = (await shown(three.c, ada.id, limit)).map((summary) => summary.room)
      expect(listed).toEqual([...new Set(listed)].sort())
      expect(listed).toEqual(expect.arrayContaining([LOBBY, direct, ...names]))
    }
    const { states } = await listByName(three.c.rooms, ada.id, { after: `${stem}-1`, limit: 3 })
    expect(states.map((state) => state.room)).toEqual([2, 3, 4].map((i) => `${stem}-${i}`))
  }, 60_000)
}
