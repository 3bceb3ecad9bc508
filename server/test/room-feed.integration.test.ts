import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RoomChange } from '../../protocol/commands.ts'
import { ROOMS_PUSH_MAX_BYTES } from '../../protocol/limits.ts'
import { type Running, startCluster, stores } from './cluster.ts'
import { Person } from './person.ts'

describe.each(stores)('the room list, pushed over two nodes on the %s store', (store) => {
  let cluster: Running
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, store })
  })
  afterAll(() => cluster.close())

  const come = async (...names: string[]) =>
    Promise.all(names.map((name, i) => Person.comes(cluster.urls[i % 2]!, name)))
  const hearsChange = (person: Person, fits: (change: RoomChange) => boolean) =>
    person.hears('rooms', ({ changed }) => changed.some(fits))
  const changeOf = (person: Person, room: string) =>
    person
      .all('rooms')
      .flatMap(({ changed }) => changed)
      .findLast((change) => change.room === room)

  test('a watcher hears of a new room, of what is said there, who is there, and that it is empty', async () => {
    const [ada, bob] = (await come('Ada', 'Bob')) as [Person, Person]
    expect(bob.session.features).toContain('rooms')
    await bob.does('room:list', { order: 'activity' })
    await ada.does('room:join', { room: 'kitchen' })
    await hearsChange(bob, ({ room, online }) => room === 'kitchen' && online === 1)
    await ada.does('room:leave', { room: 'kitchen' })
    await bob.hears('rooms', ({ removed }) => removed.includes('kitchen'))
    await ada.does('room:join', { room: 'kitchen' })
    const entry = await ada.says('kitchen', 'hello')
    await hearsChange(bob, ({ room, head }) => room === 'kitchen' && head === 1)
    await hearsChange(bob, ({ room, head, online }) => room === 'kitchen' && head === 1 && online === 1)
    expect(changeOf(bob, 'kitchen')).toMatchObject({ room: 'kitchen', messages: 1, online: 1, last: entry })
    // What one person has read is nobody else's.
    expect(changeOf(bob, 'kitchen')).not.toHaveProperty('read')
    const { rooms } = await bob.does('room:list', { order: 'activity', query: 'kitch' })
    expect(rooms).toMatchObject([{ room: 'kitchen', read: 0, unread: 1, messages: 1, last: entry }])
    for (const person of [ada, bob]) person.goes()
  })

  test('what one has read in a room comes to one alone', async () => {
    const [cem, dag] = (await come('Cem', 'Dag')) as [Person, Person]
    for (const person of [cem, dag]) {
      await person.does('room:join', { room: 'attic' })
      await person.does('room:list', { order: 'activity' })
    }
    for (const text of ['one', 'two', 'three']) await cem.says('attic', text)
    await dag.does('receipt:set', { room: 'attic', seq: 2 })
    await hearsChange(dag, ({ room, read, unread }) => room === 'attic' && read === 2 && unread === 1)
    expect(cem.all('rooms').flatMap(({ changed }) => changed.filter(({ read }) => read === 2))).toEqual([])
    for (const person of [cem, dag]) person.goes()
  })

  test('a direct room comes to its two people alone, with the other one, read and unread, on whatever node', async () => {
    const [eve, fay, gus] = (await come('Eve', 'Fay', 'Gus')) as [Person, Person, Person]
    for (const person of [eve, fay, gus]) await person.does('room:list', { order: 'name' })
    const { room } = await eve.does('direct:open', { user: fay.user.id })
    await hearsChange(fay, (change) => change.room === room && change.with?.name === 'Eve')
    await eve.does('room:join', { room })
    await eve.says(room, 'psst')
    await hearsChange(fay, (change) => change.room === room && change.unread === 1)
    await hearsChange(eve, (change) => change.room === room && change.with?.name === 'Fay' && change.head === 1)
    await fay.does('room:join', { room })
    await fay.does('receipt:set', { room, seq: 1 })
    await hearsChange(fay, (change) => change.room === room && change.read === 1 && change.unread === 0)
    expect(changeOf(gus, room)).toBeUndefined()
    for (const person of [eve, fay, gus]) person.goes()
  })

  test('whoever asks as before hears nothing, and is answered as before', async () => {
    const [hal, ida] = (await come('Hal', 'Ida')) as [Person, Person]
    await hal.does('room:list', { limit: 100 })
    const { rooms } = await ida.does('room:list', {})
    for (const summary of rooms) {
      expect(summary).not.toHaveProperty('messages')
      expect(summary).not.toHaveProperty('epoch')
    }
    const witness = await Person.comes(cluster.urls[0]!, 'Witness')
    await witness.does('room:list', { order: 'name' })
    await ida.does('room:join', { room: 'study' })
    await ida.says('study', 'x')
    await hearsChange(witness, ({ room, head }) => room === 'study' && head === 1)
    expect([...hal.all('rooms'), ...ida.all('rooms')]).toEqual([])
    for (const person of [hal, ida, witness]) person.goes()
  })

  test('a push is bounded; what does not fit comes later, and nothing is left out', async () => {
    const [jan, kim] = (await come('Jan', 'Kim')) as [Person, Person]
    await kim.does('room:list', { order: 'activity' })
    const rooms = Array.from({ length: 12 }, (_, i) => `hall-${i}`)
    await Promise.all(rooms.map((room) => jan.does('room:join', { room })))
    await Promise.all(rooms.map((room) => jan.says(room, 'x'.repeat(1_500))))
    for (const name of rooms) await hearsChange(kim, ({ room, head }) => room === name && head === 1)
    for (const { changed } of kim.all('rooms')) {
      const bytes = Buffer.byteLength(JSON.stringify(changed))
      expect(changed.length === 1 || bytes <= ROOMS_PUSH_MAX_BYTES + 2 + changed.length).toBe(true)
    }
    for (const person of [jan, kim]) person.goes()
  })

  test('faults name the field', async () => {
    const [lou] = (await come('Lou')) as [Person]
    expect(await lou.fails('room:list', { order: 'activity', after: 'lobby' })).toMatchObject({ code: 'bad_input' })
    expect(await lou.fails('room:list', { order: 'age' })).toMatchObject({ code: 'bad_input' })
    expect(await lou.fails('room:list', { query: 'x'.repeat(65) })).toMatchObject({ code: 'bad_input' })
    lou.goes()
  })
})
