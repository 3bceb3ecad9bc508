import { expect, test } from '@jest/globals'
import type { Member, Status, User } from '../../../protocol/people.ts'
import type { Store } from '../../domain/ports.ts'
import { newUser, type Three, uniqueName } from './cluster.ts'
import { as, membersOf, RecordingPresence } from './presence.ts'
import { span } from './recording-follower.ts'

const is = (user: User, status: Status | null = 'online') => ({ user, status })
const here = (user: User, status: Status = 'online') => ({ user, status })

export function roster(three: Three): void {
  test('users are known on every node, and each change notifies watchers', async () => {
    const room = uniqueName()
    const [ada, bob] = [newUser(), newUser(`"Bob" O'Neill \\ 🦜`)]
    const presences = await Promise.all(three.all.map((store) => RecordingPresence.on(store, room)))
    const after = async (store: Store, change: Parameters<typeof is>, ...members: Member[]) => {
      const words = presences.map((presence) => presence.nextChange())
      await store.roster.update(room, [is(...change)])
      await Promise.all(words)
      await Promise.all(presences.map((presence) => presence.waitFor(...members)))
    }
    await after(three.a, [ada], as(ada, 'online'))
    await after(three.b, [bob, 'busy'], as(ada, 'online'), as(bob, 'busy'))
    await after(three.a, [ada, 'away'], as(ada, 'away'), as(bob, 'busy'))
    await after(three.a, [ada, null], as(bob, 'busy'))
    await after(three.b, [bob, null])
    for (const presence of presences) presence.stop()
  })

  test('a node reads its own updates at once', async () => {
    const room = uniqueName()
    const ada = newUser()
    await three.a.roster.update(room, [is(ada)])
    expect(await membersOf(three.a, room)).toEqual([as(ada, 'online')])
    await three.a.roster.update(room, [is(ada, null)])
    expect(await membersOf(three.a, room)).toEqual([])
  })

  test('a user is present while any node states so', async () => {
    const room = uniqueName()
    const ada = newUser()
    const presence = await RecordingPresence.on(three.c, room)
    await three.a.roster.update(room, [is(ada)])
    await three.b.roster.update(room, [is(ada)])
    expect(await three.c.roster.list(room, { limit: 10 })).toMatchObject({ members: [as(ada, 'online')], online: 1 })
    await three.a.roster.update(room, [is(ada, null)])
    await presence.waitFor(as(ada, 'online'))
    await three.b.roster.update(room, [is(ada, null)])
    await presence.waitFor()
    presence.stop()
  })

  test('the status is the most active one stated: busy, else online, else away', async () => {
    const room = uniqueName()
    const ada = newUser()
    const presence = await RecordingPresence.on(three.c, room)
    await three.a.roster.update(room, [is(ada, 'away')])
    await presence.waitFor(as(ada, 'away'))
    await three.b.roster.update(room, [is(ada, 'online')])
    await presence.waitFor(as(ada, 'online'))
    await three.c.roster.update(room, [is(ada, 'busy')])
    await presence.waitFor(as(ada, 'busy'))
    await three.b.roster.update(room, [is(ada, null)])
    await presence.waitFor(as(ada, 'busy'))
    await three.c.roster.update(room, [is(ada, null)])
    await presence.waitFor(as(ada, 'away'))
    presence.stop()
  })

  test('several changes of one room in one update', async () => {
    const [room, elsewhere] = [uniqueName(), uniqueName()]
    const [ada, bob, cleo] = [newUser(), newUser('Bob'), newUser('Cleo')]
    await three.a.roster.update(room, [is(ada), is(bob)])
    await three.a.roster.update(elsewhere, [is(cleo)])
    await three.a.roster.update(room, [is(ada, null), is(cleo, 'away'), is(bob, 'busy')])
    const presence = await RecordingPresence.on(three.b, room)
    await presence.waitFor(as(bob, 'busy'), as(cleo, 'away'))
    expect(await membersOf(three.b, elsewhere)).toEqual([as(cleo, 'online')])
    presence.stop()
  })

  test('removing a user who is not present has no effect', async () => {
    const room = uniqueName()
    const ada = newUser()
    await three.a.roster.update(room, [is(ada)])
    await three.a.roster.update(room, [is(newUser(), null)])
    await three.b.roster.update(room, [is(ada, null)])
    expect(await membersOf(three.c, room)).toEqual([as(ada, 'online')])
  })

  test('restate replaces what this node stated, and nothing that another node stated', async () => {
    const room = uniqueName()
    const [ada, bob, cleo] = [newUser(), newUser('Bob'), newUser('Cleo')]
    const presence = await RecordingPresence.on(three.c, room)
    await three.a.roster.update(room, [is(ada), is(bob)])
    await three.b.roster.update(room, [is(bob, 'away')])
    await three.a.roster.replace(room, [here(cleo, 'busy')])
    await presence.waitFor(as(bob, 'away'), as(cleo, 'busy'))
    await three.a.roster.replace(room, [here(ada), here(bob)])
    await presence.waitFor(as(ada, 'online'), as(bob, 'online'))
    await three.a.roster.replace(room, [])
    await presence.waitFor(as(bob, 'away'))
    presence.stop()
  })

  test('pages are in the order of ids, with each user once and the total on each page', async () => {
    const room = uniqueName()
    const stem = uniqueName('p')
    const crowd = span(1, 25).map((i) => ({ id: `${stem}${String(i).padStart(2, '0')}`, name: `Number ${i}` }))
    const parts = three.all.map((_, nth) => crowd.filter((_, i) => i % 3 === nth || i % 5 === nth))
    for (const [nth, part] of parts.entries()) {
      await three.all[nth]!.roster.update(
        room,
        [...part].reverse().map((user) => is(user)),
      )
    }
    const first = await three.b.roster.list(room, { limit: 10 })
    expect(first.members).toEqual(crowd.slice(0, 10).map((user) => as(user, 'online')))
    expect(first.online).toBe(25)
    const second = await three.b.roster.list(room, { after: crowd[11]!.id, limit: 10 })
    expect(second.members.map((member) => member.id)).toEqual(crowd.slice(12, 22).map((user) => user.id))
    expect(second.online).toBe(25)
    const last = await three.b.roster.list(room, { after: crowd[14]!.id, limit: 10 })
    expect(last.members).toHaveLength(10)
    expect(last.next).toBeUndefined()
    for (const limit of [1, 5, 7, 24, 25, 26]) {
      expect((await membersOf(three.c, room, limit)).map((member) => member.id)).toEqual(crowd.map((user) => user.id))
    }
  })

  test('an empty room', async () => {
    expect(await three.a.roster.list(uniqueName(), { limit: 10 })).toEqual({ members: [], online: 0 })
  })

  test('a stopped watcher is no longer notified', async () => {
    const room = uniqueName()
    const ada = newUser()
    const [stopped, other] = [await RecordingPresence.on(three.b, room), await RecordingPresence.on(three.b, room)]
    await three.a.roster.update(room, [is(ada)])
    await Promise.all([stopped.waitFor(as(ada, 'online')), other.waitFor(as(ada, 'online'))])
    stopped.stop()
    const { calls } = stopped
    await three.a.roster.update(room, [is(ada, null)])
    await other.waitFor()
    expect(stopped.calls).toBe(calls)
    other.stop()
  })

  test('a closing node releases its lease: its users leave, those of other nodes stay', async () => {
    const room = uniqueName()
    const [ada, bob] = [newUser(), newUser('Bob')]
    const leaving = await three.another()
    const presence = await RecordingPresence.on(three.a, room)
    await leaving.roster.update(room, [is(ada, 'busy'), is(bob)])
    await three.b.roster.update(room, [is(ada, 'away')])
    await presence.waitFor(as(ada, 'busy'), as(bob, 'online'))
    const word = presence.nextChange()
    await leaving.close()
    await word
    await presence.waitFor(as(ada, 'away'))
    presence.stop()
  })
}
