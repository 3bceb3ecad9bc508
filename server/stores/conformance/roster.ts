import { expect, test } from '@jest/globals'
import type { Member, Status, User } from '../../../protocol/people.ts'
import type { Store } from '../../domain/ports.ts'
import { fresh, someone, type Three } from './cluster.ts'
import { as, everybody, RecordingPresence } from './presence.ts'
import { span } from './recording-follower.ts'

const is = (user: User, status: Status | null = 'online') => ({ user, status })
const here = (user: User, status: Status = 'online') => ({ user, status })

export function roster(three: Three): void {
  test('who is here is known on every node, and each change is watched', async () => {
    const room = fresh()
    const [ada, bob] = [someone(), someone(`"Bob" O'Neill \\ 🦜`)]
    const recordingPresences = await Promise.all(three.all.map((store) => RecordingPresence.on(store, room)))
    const after = async (store: Store, change: Parameters<typeof is>, ...members: Member[]) => {
      const words = recordingPresences.map((recordingPresence) => recordingPresence.word())
      await store.roster.update(room, [is(...change)])
      await Promise.all(words)
      await Promise.all(recordingPresences.map((eye) => eye.sees(...members)))
    }
    await after(three.a, [ada], as(ada, 'online'))
    await after(three.b, [bob, 'busy'], as(ada, 'online'), as(bob, 'busy'))
    await after(three.a, [ada, 'away'], as(ada, 'away'), as(bob, 'busy'))
    await after(three.a, [ada, null], as(bob, 'busy'))
    await after(three.b, [bob, null])
    for (const eye of recordingPresences) eye.stop()
  })

  test('a node sees what it has said as soon as it is said', async () => {
    const room = fresh()
    const ada = someone()
    await three.a.roster.update(room, [is(ada)])
    expect(await everybody(three.a, room)).toEqual([as(ada, 'online')])
    await three.a.roster.update(room, [is(ada, null)])
    expect(await everybody(three.a, room)).toEqual([])
  })

  test('a person is here while any node says so', async () => {
    const room = fresh()
    const ada = someone()
    const eye = await RecordingPresence.on(three.c, room)
    await three.a.roster.update(room, [is(ada)])
    await three.b.roster.update(room, [is(ada)])
    expect(await three.c.roster.list(room, { limit: 10 })).toMatchObject({ members: [as(ada, 'online')], online: 1 })
    await three.a.roster.update(room, [is(ada, null)])
    await eye.sees(as(ada, 'online'))
    await three.b.roster.update(room, [is(ada, null)])
    await eye.sees()
    eye.stop()
  })

  test('the status is the liveliest wish: busy, else online, else away', async () => {
    const room = fresh()
    const ada = someone()
    const eye = await RecordingPresence.on(three.c, room)
    await three.a.roster.update(room, [is(ada, 'away')])
    await eye.sees(as(ada, 'away'))
    await three.b.roster.update(room, [is(ada, 'online')])
    await eye.sees(as(ada, 'online'))
    await three.c.roster.update(room, [is(ada, 'busy')])
    await eye.sees(as(ada, 'busy'))
    await three.b.roster.update(room, [is(ada, null)])
    await eye.sees(as(ada, 'busy'))
    await three.c.roster.update(room, [is(ada, null)])
    await eye.sees(as(ada, 'away'))
    eye.stop()
  })

  test('several changes in one saying, of one room', async () => {
    const [room, elsewhere] = [fresh(), fresh()]
    const [ada, bob, cleo] = [someone(), someone('Bob'), someone('Cleo')]
    await three.a.roster.update(room, [is(ada), is(bob)])
    await three.a.roster.update(elsewhere, [is(cleo)])
    await three.a.roster.update(room, [is(ada, null), is(cleo, 'away'), is(bob, 'busy')])
    const eye = await RecordingPresence.on(three.b, room)
    await eye.sees(as(bob, 'busy'), as(cleo, 'away'))
    expect(await everybody(three.b, elsewhere)).toEqual([as(cleo, 'online')])
    eye.stop()
  })

  test('the departure of somebody who is not here changes nothing', async () => {
    const room = fresh()
    const ada = someone()
    await three.a.roster.update(room, [is(ada)])
    await three.a.roster.update(room, [is(someone(), null)])
    await three.b.roster.update(room, [is(ada, null)])
    expect(await everybody(three.c, room)).toEqual([as(ada, 'online')])
  })

  test('restate replaces what this node said, and nothing that another said', async () => {
    const room = fresh()
    const [ada, bob, cleo] = [someone(), someone('Bob'), someone('Cleo')]
    const eye = await RecordingPresence.on(three.c, room)
    await three.a.roster.update(room, [is(ada), is(bob)])
    await three.b.roster.update(room, [is(bob, 'away')])
    await three.a.roster.replace(room, [here(cleo, 'busy')])
    await eye.sees(as(bob, 'away'), as(cleo, 'busy'))
    await three.a.roster.replace(room, [here(ada), here(bob)])
    await eye.sees(as(ada, 'online'), as(bob, 'online'))
    await three.a.roster.replace(room, [])
    await eye.sees(as(bob, 'away'))
    eye.stop()
  })

  test('pages in the order of ids, each person once, the total on each page', async () => {
    const room = fresh()
    const stem = fresh('p')
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
      expect((await everybody(three.c, room, limit)).map((member) => member.id)).toEqual(crowd.map((user) => user.id))
    }
  })

  test('an empty room', async () => {
    expect(await three.a.roster.list(fresh(), { limit: 10 })).toEqual({ members: [], online: 0 })
  })

  test('who stopped watching hears no more', async () => {
    const room = fresh()
    const ada = someone()
    const [stopped, other] = [await RecordingPresence.on(three.b, room), await RecordingPresence.on(three.b, room)]
    await three.a.roster.update(room, [is(ada)])
    await Promise.all([stopped.sees(as(ada, 'online')), other.sees(as(ada, 'online'))])
    stopped.stop()
    const { calls } = stopped
    await three.a.roster.update(room, [is(ada, null)])
    await other.sees()
    expect(stopped.calls).toBe(calls)
    other.stop()
  })

  test('a node that closes gives its lease back: its people go, those of others stay', async () => {
    const room = fresh()
    const [ada, bob] = [someone(), someone('Bob')]
    const leaving = await three.another()
    const eye = await RecordingPresence.on(three.a, room)
    await leaving.roster.update(room, [is(ada, 'busy'), is(bob)])
    await three.b.roster.update(room, [is(ada, 'away')])
    await eye.sees(as(ada, 'busy'), as(bob, 'online'))
    const word = eye.word()
    await leaving.close()
    await word
    await eye.sees(as(ada, 'away'))
    eye.stop()
  })
}
