import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import type { Answer, Fault } from '../../protocol/faults.ts'
import type { RoomLog } from '../domain/ports.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { DialectClient } from './dialect-client.ts'
import { TestClient } from './person.ts'

/** Limits the store's throughput independently of the machine: one append per this many milliseconds; others queue. */
const APPEND_MS = 4
const PEOPLE = 20
const SENDS = 100
/** Four times the store's throughput, if the machine is fast enough. */
const EVERY_MS = (PEOPLE * APPEND_MS) / 4

let cluster: TestCluster
let url: string
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1, env: { REST_PER_SECOND: '100000' } })
  url = cluster.urls[0]!
  slowDown(cluster.backings[0]!.store.log)
})
afterEach(async () => {
  DialectClient.disconnectAll()
  await cluster.close()
})

function slowDown(log: RoomLog): void {
  const append = log.append.bind(log)
  let before: Promise<unknown> = Promise.resolve()
  log.append = async (room, draft) => {
    const turn = before.then(() => delay(APPEND_MS))
    before = turn
    await turn
    return append(room, draft)
  }
}

interface Sent {
  clientId: string
  room: string
  by: TestClient
  answer: Answer<unknown>
}

async function flood(): Promise<Sent[]> {
  const people = await Promise.all(Array.from({ length: PEOPLE }, (_, i) => TestClient.connect(url, `Person ${i}`)))
  const sent: Promise<Sent>[] = []
  await Promise.all(people.map((by, i) => by.emit('room:join', { room: `overload-${i}` })))
  for (let n = 0; n < SENDS; n++) {
    for (const [i, by] of people.entries()) {
      const [clientId, room] = [`${i}-${n}`, `overload-${i}`]
      const answered = by.request('message:send', { room, text: clientId, clientId })
      sent.push(answered.then((answer) => ({ clientId, room, by, answer })))
    }
    await delay(EVERY_MS)
  }
  return Promise.all(sent)
}

async function stored(room: string): Promise<Entry[]> {
  return (await cluster.backings[0]!.store.log.read(room, { after: 0, entries: 500 })).entries
}

async function shed(): Promise<number> {
  const { values } = await cluster.metrics.registry.getSingleMetric('hubbub_appends_shed_total')!.get()
  return values.reduce((sum, { value }) => sum + value, 0)
}

const faultOf = ({ answer }: Sent): Fault | undefined => (answer.ok ? undefined : answer.fault)

test('above the store’s throughput, rejected sends are not stored and succeed on retry', async () => {
  const sent = await flood()
  const accepted = sent.filter(({ answer }) => answer.ok)
  const refused = sent.filter(({ answer }) => !answer.ok)
  expect(refused.length).toBeGreaterThan(0)
  for (const each of refused) {
    expect(faultOf(each)).toMatchObject({ code: 'unavailable', retryable: true, retryInMs: expect.any(Number) })
  }
  expect(await shed()).toBe(refused.length)

  const rooms = [...new Set(sent.map(({ room }) => room))]
  const entries = (await Promise.all(rooms.map(stored))).flat()
  expect(entries.map(({ clientId }) => clientId).sort()).toEqual(accepted.map(({ clientId }) => clientId).sort())

  const again = refused[0]!
  const head = (await stored(again.room)).length
  const { room, clientId, by } = again
  expect(await by.emit('message:send', { room, text: clientId, clientId })).toMatchObject({ seq: head + 1, clientId })
  expect(by.events('store')).toEqual([])
}, 60_000)

test('dialect clients wait and lose nothing; REST answers 503 with Retry-After for what is not stored', async () => {
  const talkers = await Promise.all(Array.from({ length: 5 }, () => DialectClient.connect(`${url}/ws`)))
  const flooded = flood()
  for (const [i, talker] of talkers.entries()) for (let n = 0; n < 20; n++) talker.send(`said ${i} ${n}`)
  const posted: { text: string; status: number; retryAfter: string | null }[] = []
  let over = false
  void flooded.then(() => {
    over = true
  })
  for (let n = 0; !over; n++) {
    const body = new URLSearchParams({ message: `post ${n}`, senderId: 'sender', roomId: 'rest' })
    const { status, headers } = await fetch(`${url}/sendMessage`, { method: 'POST', body })
    posted.push({ text: `post ${n}`, status, retryAfter: headers.get('Retry-After') })
  }
  expect((await flooded).some(({ answer }) => !answer.ok)).toBe(true)

  await Promise.all(talkers.map((talker, i) => talker.waitFor(new RegExp(`said ${i} 19`))))
  const all = talkers[0]!.received.filter((frame) => /said \d+ \d+/.test(frame))
  expect(all).toHaveLength(100)

  const kept = posted.filter(({ status }) => status === 201).map(({ text }) => text)
  expect((await stored('rest')).map(({ text }) => text)).toEqual(kept)
  for (const { status, retryAfter } of posted) {
    expect([201, 503]).toContain(status)
    if (status === 503) expect(Number(retryAfter)).toBeGreaterThan(0)
  }
}, 60_000)
