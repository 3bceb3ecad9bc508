import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Payload } from '../../protocol/events.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { type ConnectOptions, TestClient } from './person.ts'

describe.each(stores)('strangers over three nodes, on the %s store', (store) => {
  let cluster: TestCluster
  let here: TestClient[] = []
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, store })
  })
  /** Disconnects users who are still waiting; they would be matched in the next test. */
  afterEach(async () => {
    for (const person of here) if (person.socket.connected) await person.emit('match:leave', {})
    for (const person of here) person.close()
    here = []
  })
  afterAll(() => cluster.close())

  async function comes(node: number, name: string, arrival: ConnectOptions = {}): Promise<TestClient> {
    const person = await TestClient.connect(cluster.urls[node]!, name, arrival)
    here.push(person)
    return person
  }

  const find = (testClient: TestClient) => testClient.emit('match:find', {})
  const leave = (person: TestClient) => person.emit('match:leave', {})
  /** The nth match that a client is notified of. */
  const found = (person: TestClient, nth = 1): Promise<Payload<'match:found'>> =>
    person.waitUntil(`match:found number ${nth}`, () => person.events('match:found')[nth - 1])
  const ended = (person: TestClient, room: string) => person.waitFor('match:ended', (end) => end.room === room)

  /** Two matched clients that have joined their room. */
  async function couple(one: TestClient, other: TestClient): Promise<string> {
    const [nth, nthToo] = [one, other].map((person) => person.events('match:found').length + 1)
    await find(one)
    await find(other)
    const { room, stranger } = await found(one, nth)
    expect(stranger).toEqual(other.user)
    expect(await found(other, nthToo)).toEqual({ room, stranger: one.user })
    for (const person of [one, other]) await person.emit('room:join', { room })
    return room
  }

  test('two users are matched and exchange messages, typing and presence; when one leaves, the other is notified, and both can search again', async () => {
    const [ada, bob] = [await comes(0, 'Ada'), await comes(1, 'Bob', { transports: ['polling'] })]
    const room = await couple(ada, bob)
    await ada.waitFor('presence', (p) => p.room === room && p.online === 2)
    await bob.emit('typing:set', { room, typing: true })
    await ada.waitFor('typing', (t) => t.room === room && t.users[0]?.id === bob.user.id)
    await bob.send(room, 'hello, stranger')
    await ada.waitForSeq(room, 1)
    await ada.send(room, 'the last word')
    await leave(ada)
    await ended(bob, room)
    expect(bob.entries(room).map(({ text }) => text)).toEqual(['hello, stranger', 'the last word'])
    expect(ada.events('match:ended')).toEqual([])
    for (const person of [ada, bob]) {
      expect(await person.requestFault('message:send', { room, text: 'x', clientId: 'c' })).toMatchObject({
        code: 'not_in_room',
      })
      expect(await person.requestFault('history:read', { room })).toMatchObject({ code: 'not_in_room' })
      expect(await person.requestFault('room:join', { room })).toMatchObject({ code: 'reserved_room' })
    }
    const again = await couple(bob, ada)
    expect(again).not.toBe(room)
    expect((await bob.emit('history:read', { room: again })).head).toBe(0)
  })

  test('the room admits only its two users, on all their connections, and is not listed', async () => {
    const [ada, bob, eve] = [await comes(0, 'Ada'), await comes(1, 'Bob'), await comes(2, 'Eve')]
    const room = await couple(ada, bob)
    await ada.send(room, 'between us')
    expect(await eve.requestFault('room:join', { room })).toMatchObject({ code: 'reserved_room', retryable: false })
    for (const command of ['history:read', 'members:read']) {
      expect(await eve.requestFault(command, { room })).toMatchObject({ code: 'not_in_room' })
    }
    for (const person of [ada, eve]) {
      const { rooms } = await person.emit('room:list', {})
      expect(rooms.filter((summary) => summary.room.startsWith('match:'))).toEqual([])
    }
    const adaToo = await comes(2, 'Ada', { token: ada.token })
    expect((await adaToo.emit('room:join', { room })).entries.map(({ text }) => text)).toEqual(['between us'])
    await leave(bob)
    for (const tab of [ada, adaToo]) await ended(tab, room)
  })

  test('a returning user gets the newest 100 entries', async () => {
    const [ada, bob] = [await comes(0, 'Ada'), await comes(1, 'Bob')]
    const room = await couple(ada, bob)
    for (let i = 0; i < 130; i++) await ada.send(room, `${i}`)
    const { entries, head, truncated } = await bob.emit('room:join', { room, after: 1 })
    expect({ head, truncated, seqs: entries.map(({ seq }) => seq) }).toEqual({
      head: 130,
      truncated: true,
      seqs: Array.from({ length: 100 }, (_, i) => i + 31),
    })
  })

  test('two tabs of one user are not matched with each other; both are notified, and either can end the match', async () => {
    const ada = await comes(0, 'Ada')
    const adaToo = await comes(1, 'Ada', { token: ada.token })
    await find(ada)
    await find(adaToo)
    const bob = await comes(2, 'Bob')
    await find(bob)
    const pair = await found(bob)
    expect(pair.stranger).toEqual(ada.user)
    for (const tab of [ada, adaToo]) expect(await found(tab)).toEqual({ room: pair.room, stranger: bob.user })
    await leave(adaToo)
    await ended(ada, pair.room)
    await ended(bob, pair.room)
  })

  test('a tab that cancels does not remove the other tab from the queue', async () => {
    const ada = await comes(0, 'Ada')
    const adaToo = await comes(1, 'Ada', { token: ada.token })
    const adaThree = await comes(1, 'Ada', { token: ada.token })
    for (const tab of [ada, adaToo, adaThree]) await find(tab)
    for (const tab of [ada, adaToo]) await leave(tab)
    const bob = await comes(2, 'Bob')
    await find(bob)
    expect((await found(adaThree)).stranger).toEqual(bob.user)
    await leave(bob)
    for (const tab of [ada, adaToo]) expect(tab.events('match:found')).toEqual([])
  })

  test('a repeated request keeps the place in the queue, or repeats the notification of the match', async () => {
    const [ada, bob, cleo] = [await comes(0, 'Ada'), await comes(1, 'Bob'), await comes(2, 'Cleo')]
    await find(ada)
    await find(ada)
    const room = await couple(ada, bob)
    await find(ada)
    expect(await found(ada, 2)).toEqual({ room, stranger: bob.user })
    await find(cleo)
    await leave(cleo)
    await ada.send(room, 'still us')
    await bob.waitForSeq(room, 1)
    expect(bob.events('match:ended')).toEqual([])
  })

  test('a user who disconnects while waiting is not matched', async () => {
    for (const transport of ['websocket', 'polling'] as const) {
      const [gone, ada, bob] = [
        await comes(0, 'Gone', { transports: [transport] }),
        await comes(1, 'Ada'),
        await comes(2, 'Bob'),
      ]
      await find(gone)
      // A node's stats are renewed every second.
      const counted = async () => (await ada.emit('stats:get', {})).nodes[0]!.connections
      while ((await counted()) !== 1) await ada.emit('ping', {})
      gone.close()
      while ((await counted()) !== 0) await ada.emit('ping', {})
      await find(ada)
      await find(bob)
      expect((await found(ada)).stranger).toEqual(bob.user)
      await leave(ada)
      for (const person of [ada, bob]) person.close()
    }
  })

  test('a match survives a page reload, also on another node, and ends if the user stays away', async () => {
    const [ada, bob] = [await comes(0, 'Ada'), await comes(1, 'Bob')]
    const room = await couple(ada, bob)
    await ada.send(room, 'before')
    ada.close()
    const back = await comes(2, 'Ada', { token: ada.token })
    // A reloaded page requests the match and gets it.
    await find(back)
    expect(await found(back)).toEqual({ room, stranger: bob.user })
    expect((await back.emit('room:join', { room })).entries.map(({ text }) => text)).toEqual(['before'])
    // Disconnections time out in order: Ada's first connection would have timed out by then.
    const [cleo, dan] = [await comes(0, 'Cleo'), await comes(0, 'Dan')]
    const other = await couple(cleo, dan)
    cleo.close()
    await ended(dan, other)
    await back.send(room, 'after')
    await bob.waitForSeq(room, 2)
    expect(bob.events('match:ended')).toEqual([])
    back.close()
    await ended(bob, room)
  })

  test('with 200 concurrent requests and departures, every notified match and end is consistent', async () => {
    const people = await Promise.all(Array.from({ length: 200 }, (_, i) => comes(i % 3, `P${i}`)))
    await Promise.all(people.map(find))
    const pairs = await Promise.all(people.map((person) => found(person)))
    const leavers = new Set<TestClient>()
    for (const [i, { room, stranger }] of pairs.entries()) {
      const other = people.findIndex(({ user }) => user.id === stranger.id)
      expect(pairs[other]).toEqual({ room, stranger: people[i]!.user })
      if (!leavers.has(people[other]!)) leavers.add(people[i]!)
    }
    expect(new Set(pairs.map(({ room }) => room)).size).toBe(100)
    await Promise.all([...leavers].map(leave))
    for (const [i, person] of people.entries()) {
      if (!leavers.has(person)) await ended(person, pairs[i]!.room)
      else expect(person.events('match:ended')).toEqual([])
      expect(person.events('match:found')).toHaveLength(1)
    }
  })

  test('match requests above the rate limit are rejected and may be retried', async () => {
    const slow = await startCluster({
      nodes: 1,
      store: 'embedded',
      env: { COMMANDS_PER_SECOND: '1', COMMANDS_BURST: '5' },
    })
    const ada = await TestClient.connect(slow.urls[0]!, 'Ada')
    const answers = await Promise.all(Array.from({ length: 10 }, () => ada.request('match:find', {})))
    const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.fault]))
    expect(refused).toHaveLength(5)
    for (const fault of refused) expect(fault).toMatchObject({ code: 'rate_limited', retryable: true })
    await slow.close()
  })
})
