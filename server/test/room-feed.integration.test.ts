import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RoomChange } from '../../protocol/commands.ts'
import { ROOMS_PUSH_MAX_BYTES } from '../../protocol/limits.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { TestClient } from './person.ts'

describe.each(stores)('room list updates over two nodes, on the %s store', (store) => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, store })
  })
  afterAll(() => cluster.close())

  const come = async (...names: string[]) =>
    Promise.all(names.map((name, i) => TestClient.connect(cluster.urls[i % 2]!, name)))
  const hearsChange = (testClient: TestClient, fits: (change: RoomChange) => boolean) =>
    testClient.waitFor('rooms', ({ changed }) => changed.some(fits))
  const changeOf = (person: TestClient, room: string) =>
    person
      .events('rooms')
      .flatMap(({ changed }) => changed)
      .findLast((change) => change.room === room)

  test('a watcher receives new rooms, their messages, their members, and that they are empty', async () => {
    const [ada, bob] = (await come('Ada', 'Bob')) as [TestClient, TestClient]
    expect(bob.session.features).toContain('rooms')
    await bob.emit('room:list', { order: 'activity' })
    await ada.emit('room:join', { room: 'kitchen' })
    await hearsChange(bob, ({ room, online }) => room === 'kitchen' && online === 1)
    await ada.emit('room:leave', { room: 'kitchen' })
    await bob.waitFor('rooms', ({ removed }) => removed.includes('kitchen'))
    await ada.emit('room:join', { room: 'kitchen' })
    const entry = await ada.send('kitchen', 'hello')
    await hearsChange(bob, ({ room, head }) => room === 'kitchen' && head === 1)
    await hearsChange(bob, ({ room, head, online }) => room === 'kitchen' && head === 1 && online === 1)
    expect(changeOf(bob, 'kitchen')).toMatchObject({ room: 'kitchen', messages: 1, online: 1, last: entry })
    // Read positions are private.
    expect(changeOf(bob, 'kitchen')).not.toHaveProperty('read')
    const { rooms } = await bob.emit('room:list', { order: 'activity', query: 'kitch' })
    expect(rooms).toMatchObject([{ room: 'kitchen', read: 0, unread: 1, messages: 1, last: entry }])
    for (const person of [ada, bob]) person.close()
  })

  test('read positions are sent only to their user', async () => {
    const [cem, dag] = (await come('Cem', 'Dag')) as [TestClient, TestClient]
    for (const person of [cem, dag]) {
      await person.emit('room:join', { room: 'attic' })
      await person.emit('room:list', { order: 'activity' })
    }
    for (const text of ['one', 'two', 'three']) await cem.send('attic', text)
    await dag.emit('receipt:set', { room: 'attic', seq: 2 })
    await hearsChange(dag, ({ room, read, unread }) => room === 'attic' && read === 2 && unread === 1)
    expect(cem.events('rooms').flatMap(({ changed }) => changed.filter(({ read }) => read === 2))).toEqual([])
    for (const person of [cem, dag]) person.close()
  })

  test('a direct room is sent only to its two users, with the other user and unread counts, on any node', async () => {
    const [eve, fay, gus] = (await come('Eve', 'Fay', 'Gus')) as [TestClient, TestClient, TestClient]
    for (const person of [eve, fay, gus]) await person.emit('room:list', { order: 'name' })
    const { room } = await eve.emit('direct:open', { user: fay.user.id })
    await hearsChange(fay, (change) => change.room === room && change.with?.name === 'Eve')
    await eve.emit('room:join', { room })
    await eve.send(room, 'psst')
    await hearsChange(fay, (change) => change.room === room && change.unread === 1)
    await hearsChange(eve, (change) => change.room === room && change.with?.name === 'Fay' && change.head === 1)
    await fay.emit('room:join', { room })
    await fay.emit('receipt:set', { room, seq: 1 })
    await hearsChange(fay, (change) => change.room === room && change.read === 1 && change.unread === 0)
    expect(changeOf(gus, room)).toBeUndefined()
    for (const person of [eve, fay, gus]) person.close()
  })

  test('clients that do not subscribe get the same answer as before, and no updates', async () => {
    const [hal, ida] = (await come('Hal', 'Ida')) as [TestClient, TestClient]
    await hal.emit('room:list', { limit: 100 })
    const { rooms } = await ida.emit('room:list', {})
    for (const summary of rooms) {
      expect(summary).not.toHaveProperty('messages')
      expect(summary).not.toHaveProperty('epoch')
    }
    const witness = await TestClient.connect(cluster.urls[0]!, 'Witness')
    await witness.emit('room:list', { order: 'name' })
    await ida.emit('room:join', { room: 'study' })
    await ida.send('study', 'x')
    await hearsChange(witness, ({ room, head }) => room === 'study' && head === 1)
    expect([...hal.events('rooms'), ...ida.events('rooms')]).toEqual([])
    for (const person of [hal, ida, witness]) person.close()
  })

  test('updates are limited in size; the rest follows later, and nothing is omitted', async () => {
    const [jan, kim] = (await come('Jan', 'Kim')) as [TestClient, TestClient]
    await kim.emit('room:list', { order: 'activity' })
    const rooms = Array.from({ length: 12 }, (_, i) => `hall-${i}`)
    await Promise.all(rooms.map((room) => jan.emit('room:join', { room })))
    await Promise.all(rooms.map((room) => jan.send(room, 'x'.repeat(1_500))))
    for (const name of rooms) await hearsChange(kim, ({ room, head }) => room === name && head === 1)
    for (const { changed } of kim.events('rooms')) {
      const bytes = Buffer.byteLength(JSON.stringify(changed))
      expect(changed.length === 1 || bytes <= ROOMS_PUSH_MAX_BYTES + 2 + changed.length).toBe(true)
    }
    for (const person of [jan, kim]) person.close()
  })

  test('errors name the field', async () => {
    const [lou] = (await come('Lou')) as [TestClient]
    expect(await lou.requestFault('room:list', { order: 'activity', after: 'lobby' })).toMatchObject({
      code: 'bad_input',
    })
    expect(await lou.requestFault('room:list', { order: 'age' })).toMatchObject({ code: 'bad_input' })
    expect(await lou.requestFault('room:list', { query: 'x'.repeat(65) })).toMatchObject({ code: 'bad_input' })
    lou.close()
  })
})
