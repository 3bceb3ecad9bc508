import { expect, test } from '@jest/globals'
import type { RoomSummary } from '../../../protocol/commands.ts'
import { directRoom, LOBBY, MATCH } from '../../../protocol/room.ts'
import type { Store } from '../../domain/ports.ts'
import { listByName, summariesFor } from '../../domain/room-list.ts'
import { fresh, say, someone, type Three, until } from './cluster.ts'
import { span } from './recording-follower.ts'

/** Every room that somebody is shown, page by page. */
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
  const someUser = someone()
  const isShown = async (room: string, user = someUser) => (await shownRoom(three.c, user.id, room)) !== undefined

  test('the lobby, always', async () => {
    expect(await isShown(LOBBY)).toBe(true)
  })

  test('a public room where something was said', async () => {
    const room = fresh()
    expect(await isShown(room)).toBe(false)
    const [entry] = await say(three.a, room, someone(), 'x')
    expect(await shownRoom(three.b, someUser.id, room)).toEqual({
      room,
      online: 0,
      head: 1,
      read: 0,
      unread: 1,
      last: entry,
    })
  })

  test('a public room where somebody is, as long as they are', async () => {
    const room = fresh()
    const [ada, bob] = [someone(), someone('Bob')]
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

  test('a room that was looked at only is none', async () => {
    const room = fresh()
    await three.a.log.read(room, { entries: 1 })
    const { stop } = await three.a.log.follow(room, { entries: () => {}, reset: () => {} })
    expect(await isShown(room)).toBe(false)
    stop()
  })

  test('direct rooms: to their two people, from their opening', async () => {
    const [ada, bob, eve] = [someone(), someone('Bob'), someone('Eve')]
    const room = directRoom(ada.id, bob.id)
    expect(await isShown(room, ada)).toBe(false)
    await three.a.rooms.openDirect(room, [ada.id, bob.id])
    await say(three.a, room, ada, 'a word')
    await three.a.roster.update(room, [{ user: ada, status: 'online' }])
    expect(await isShown(room, ada)).toBe(true)
    expect(await shownRoom(three.b, bob.id, room)).toMatchObject({ room, online: 1, head: 1, unread: 1 })
    expect(await isShown(room, eve)).toBe(false)
  })

  test('match rooms to nobody', async () => {
    const [ada, bob] = [someone(), someone('Bob')]
    const room = `${MATCH}${fresh()}`
    await three.a.roster.update(room, [{ user: ada, status: 'online' }])
    await say(three.a, room, ada, 'hello, stranger')
    expect([await isShown(room, ada), await isShown(room, bob)]).toEqual([false, false])
  })

  test('a direct room is open to its two once it was opened; opening it again changes nothing', async () => {
    const [ada, bob, eve] = [someone(), someone('Bob'), someone('Eve')]
    const room = directRoom(ada.id, bob.id)
    const open = () => Promise.all([ada, bob, eve].map(async ({ id }, i) => three.all[i]!.rooms.isDirectOpen(room, id)))
    expect(await open()).toEqual([false, false, false])
    const opened = () => three.a.rooms.openDirect(room, [ada.id, bob.id])
    expect((await Promise.all([opened(), opened(), opened()])).filter((isNew) => isNew)).toHaveLength(1)
    expect(await open()).toEqual([true, true, false])
    const [entry] = await say(three.a, room, ada, 'x')
    expect(await three.b.rooms.openDirect(room, [bob.id, ada.id])).toBe(false)
    expect(await open()).toEqual([true, true, false])
    expect(await shownRoom(three.c, ada.id, room)).toMatchObject({ head: 1, last: entry })
  })

  test('direct rooms are open until their person was away for rememberMs', async () => {
    const [ada, bob] = [someone(), someone('Bob')]
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

  test('by name, page by page, each once, own direct rooms among them', async () => {
    const [ada, bob] = [someone(), someone('Bob')]
    const stem = fresh('z')
    const names = [...span(1, 5).map((i) => `${stem}-${i}`), `${stem}:x`, stem]
    const direct = directRoom(ada.id, bob.id)
    for (const name of names) await say(three.a, name, bob, 'x')
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
