import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { TestClient } from './person.ts'

describe.each(stores)('news of direct rooms over two nodes, on the %s store', (store) => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, store })
  })
  afterAll(() => cluster.close())

  const newsIn = (testClient: TestClient, room: string) =>
    testClient.events('direct:news').filter((news) => news.room === room)
  const hearsNews = (person: TestClient, room: string, times: number) =>
    person.waitUntil(`${times} news in ${room}`, () => newsIn(person, room)[times - 1])

  test('a message notifies the other user on every connection outside the room, and no other user', async () => {
    const [here, there] = cluster.urls as [string, string]
    const bob = await TestClient.connect(there, 'Bob', { transports: ['polling'] })
    const bobToo = await TestClient.connect(there, 'Bob', { token: bob.token })
    const carol = await TestClient.connect(there, 'Carol')
    const ada = await TestClient.connect(here, 'Ada')
    expect(ada.session.features).toContain('direct')

    const { room } = await ada.emit('direct:open', { user: bob.user.id })
    expect(await hearsNews(bob, room, 1)).toEqual({ room, by: ada.user })
    await hearsNews(bobToo, room, 1)
    await bob.emit('room:join', { room })

    await ada.emit('room:join', { room })
    await ada.send(room, 'are you there?')
    await bob.waitForSeq(room, 1)
    expect(await hearsNews(bobToo, room, 2)).toEqual({ room, by: ada.user })
    // One broadcast on the node notifies both connections, so the first one would have received it by now.
    expect(newsIn(bob, room)).toHaveLength(1)

    await bob.emit('room:leave', { room })
    await ada.send(room, 'still there?')
    await hearsNews(bob, room, 2)
    expect(newsIn(ada, room)).toEqual([])

    const aside = await ada.emit('direct:open', { user: carol.user.id })
    await hearsNews(carol, aside.room, 1)
    expect(carol.events('direct:news')).toHaveLength(1)
    for (const person of [ada, bob, bobToo, carol]) person.close()
  })

  test('a room list names the other user of a direct room, even if only the requester has written', async () => {
    const [dan, eve] = await Promise.all(cluster.urls.map((url, i) => TestClient.connect(url, ['Dan', 'Eve'][i]!)))
    const { room } = await dan!.emit('direct:open', { user: eve!.user.id })
    await dan!.emit('room:join', { room })
    await dan!.send(room, 'hello')
    const row = async (person: TestClient) =>
      (await person.emit('room:list', {})).rooms.find((summary) => summary.room === room)
    expect(await row(dan!)).toMatchObject({ with: eve!.user, last: { by: dan!.user } })
    expect(await row(eve!)).toMatchObject({ with: dan!.user, unread: 1 })
    const lobby = (await dan!.emit('room:list', {})).rooms.find((summary) => summary.room === 'lobby')
    expect(lobby).not.toHaveProperty('with')
    for (const person of [dan!, eve!]) person.close()
  })
})
