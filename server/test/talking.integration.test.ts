import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { newClientId, TestClient, type Transport } from './person.ts'

const transports: Transport[][] = [['websocket'], ['polling'], ['polling', 'websocket']]
const seqs = (entries: Entry[]) => entries.map(({ seq }) => seq)
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

describe.each(stores)('three nodes on the %s store', (store) => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, store })
  })
  afterAll(() => cluster.close())

  test.each(transports.map((t) => [t.join(' then '), t] as const))(
    'messages sent on n1 arrive on n2 and n3 once and in the same order, on %s',
    async (name, way) => {
      const room = `talk-${name.replace(/ /g, '-')}`
      const people = await Promise.all(
        cluster.urls.map((url, i) => TestClient.connect(url, `P${i}`, { transports: [...way] })),
      )
      for (const person of people) await person.emit('room:join', { room })
      const [one, two] = people as [TestClient, TestClient, TestClient]
      await Promise.all(upTo(20).flatMap((i) => [one.send(room, `one ${i}`), two.send(room, `two ${i}`)]))
      for (const person of people) await person.waitForSeq(room, 40)
      const [first, ...others] = people.map((testClient) => testClient.entries(room))
      expect(seqs(first!)).toEqual(upTo(40))
      for (const other of others) expect(other).toEqual(first)
      for (const person of people) person.close()
    },
  )

  test('all clients receive 2,000 concurrent messages from three nodes in the same order', async () => {
    const people = await Promise.all(
      cluster.urls.flatMap((url, i) => [
        TestClient.connect(url, `W${i}`),
        TestClient.connect(url, `L${i}`, { transports: ['polling'] }),
      ]),
    )
    for (const person of people) await person.emit('room:join', { room: 'flood' })
    const sent = Array.from({ length: 2_000 }, (_, i) => people[i % people.length]!.send('flood', `m${i}`))
    const acked = await Promise.all(sent)
    for (const person of people) await person.waitForSeq('flood', 2_000)
    const [first, ...others] = people.map((person) => person.entries('flood'))
    expect(seqs(first!)).toEqual(upTo(2_000))
    for (const other of others) expect(other).toEqual(first)
    expect(new Set(acked.map(({ seq }) => seq)).size).toBe(2_000)
    for (const entry of acked) expect(first![entry.seq - 1]).toEqual(entry)
    for (const person of people) person.close()
  })

  test('200 joins while a room receives 1,000 entries per second: each stream is complete and in order', async () => {
    const room = 'busy'
    const speaker = await TestClient.connect(cluster.urls[0]!, 'Speaker')
    await speaker.emit('room:join', { room })
    let talking = true
    const talk = (async () => {
      while (talking) {
        const second = Date.now()
        await Promise.all(upTo(50).map((i) => speaker.send(room, `w${i}`)))
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, second + 50 - Date.now())))
      }
    })()
    const joins = await Promise.all(
      upTo(200).map(async (i) => {
        const person = await TestClient.connect(cluster.urls[i % 3]!, `J${i}`, {
          transports: [i % 4 ? 'websocket' : 'polling'],
        })
        const answered = await person.emit('room:join', { room })
        return { person, answered }
      }),
    )
    talking = false
    await talk
    const { seq: last } = await speaker.send(room, 'the last word')
    for (const { person, answered } of joins) {
      if (answered.head < last) await person.waitForSeq(room, last)
      expect(answered).toMatchObject({ truncated: false, more: false })
      const page = seqs(answered.entries)
      expect(page).toEqual(upTo(answered.head).slice(-page.length))
      expect(page).toHaveLength(Math.min(200, answered.head))
      expect(seqs(person.entries(room))).toEqual(upTo(last).slice(answered.head))
    }
    for (const { person } of [...joins, { person: speaker }]) person.close()
  }, 60_000)

  test('rejoining with `after` returns the missed entries in pages, and reports if they were trimmed', async () => {
    const room = 'back'
    const [here, away] = [
      await TestClient.connect(cluster.urls[0]!, 'Here'),
      await TestClient.connect(cluster.urls[1]!, 'Away'),
    ]
    await here.emit('room:join', { room })
    const { epoch } = await away.emit('room:join', { room })
    await here.send(room, 'first')
    await away.waitForSeq(room, 1)
    await away.emit('room:leave', { room })
    await Promise.all(upTo(450).map((i) => here.send(room, `missed ${i}`)))
    expect(away.entries(room)).toHaveLength(1)
    const back = await away.emit('room:join', { room, after: 1, epoch })
    expect(back).toMatchObject({ head: 451, more: true, truncated: false })
    const got = [...back.entries]
    for (let more = back.more; more; ) {
      const page = await away.emit('history:read', { room, after: got.at(-1)!.seq, limit: 200, epoch })
      got.push(...page.entries)
      more = page.more
    }
    expect(seqs(got)).toEqual(upTo(451).slice(1))
    const other = await away.emit('room:join', { room, after: 3, epoch: 'another' })
    expect(other).toMatchObject({ truncated: true, epoch, head: 451 })
    expect(seqs(other.entries)).toEqual(upTo(451).slice(-200))
    expect(await away.requestFault('history:read', { room, after: 3, epoch: 'another' })).toMatchObject({
      code: 'stale_epoch',
    })
    expect(
      await away.requestFault('message:send', { room, text: 'x', clientId: newClientId(), epoch: 'another' }),
    ).toMatchObject({ code: 'stale_epoch' })
    for (const person of [here, away]) person.close()
  })

  test('no entry of a room arrives between room:join and its answer, or after room:leave', async () => {
    const room = 'edges'
    const speaker = await TestClient.connect(cluster.urls[0]!, 'Speaker')
    await speaker.emit('room:join', { room })
    const guest = await TestClient.connect(cluster.urls[2]!, 'Guest')
    await guest.emit('room:join', { room })
    const burst = upTo(30).map((i) => speaker.send(room, `${i}`))
    // A rejoin ends the stream at once; entries up to the answer are in the answer or follow it.
    const again = guest.emit('room:join', { room, after: 0 })
    // The node has received the join when it answers a later command.
    await guest.emit('ping', {})
    const mark = guest.entries(room).length
    const answered = await again
    const between = guest.entries(room).slice(mark)
    expect(between.filter(({ seq }) => seq <= answered.head)).toEqual([])
    await Promise.all(burst)
    await speaker.send(room, 'end')
    await guest.waitUntil('the end', () => (guest.entries(room).some(({ text }) => text === 'end') ? true : undefined))
    const after = guest.entries(room).filter(({ seq }) => seq > answered.head)
    expect(seqs(answered.entries)).toEqual(upTo(answered.head))
    expect(seqs(after)).toEqual(upTo(31).slice(answered.head))
    await guest.emit('room:leave', { room })
    const quiet = guest.entries(room).length
    await speaker.send(room, 'unheard')
    await guest.emit('ping', {})
    expect(guest.entries(room)).toHaveLength(quiet)
    for (const person of [speaker, guest]) person.close()
  })
})
