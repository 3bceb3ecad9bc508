import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { startCluster, type TestCluster } from './cluster.ts'
import { DialectClient } from './dialect-client.ts'
import { TestClient } from './person.ts'

/** Longer than the store's response timeout, shorter than the timeout of its connection. */
const FROZEN_MS = 2_500

let cluster: TestCluster
let url: string
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1, env: { REST_PER_SECOND: '100000' } })
  url = cluster.urls[0]!
})
afterEach(async () => {
  cluster.redis!.thaw()
  DialectClient.disconnectAll()
  await cluster.close()
})

async function accepted(): Promise<number> {
  const counter = await cluster.metrics.registry.getSingleMetric('hubbub_entries_accepted_total')!.get()
  return counter.values.reduce((sum, { value }) => sum + value, 0)
}

async function entriesOf(room: string) {
  const reader = await TestClient.connect(url, 'Reader')
  const { entries } = await reader.emit('room:join', { room })
  return entries
}

test('a send whose acknowledgement was lost is counted once, when its retry succeeds', async () => {
  const ada = await TestClient.connect(url, 'Ada')
  await ada.emit('room:join', { room: 'lost' })
  const drafts = Array.from({ length: 20 }, (_, i) => ({ room: 'lost', text: `${i}`, clientId: `c${i}` }))
  cluster.redis!.freeze()
  const thawed = delay(FROZEN_MS).then(() => cluster.redis!.thaw())
  const first = await Promise.allSettled(drafts.map((draft) => ada.emit('message:send', draft)))
  expect(new Set(first.map(({ status }) => status))).toEqual(new Set(['rejected']))
  await thawed
  for (const draft of [...drafts, ...drafts]) {
    while ((await Promise.allSettled([ada.emit('message:send', draft)]))[0]!.status === 'rejected') await delay(100)
  }
  expect((await entriesOf('lost')).map(({ text }) => text).sort()).toEqual(drafts.map(({ text }) => text).sort())
  expect(await accepted()).toBe(20)
}, 30_000)

test('REST without a clientId: each 201 is stored once and counted once', async () => {
  const responses: Promise<{ text: string; status: number }>[] = []
  let frozen = false
  for (let i = 0; i < 200; i++) {
    const body = new URLSearchParams({ message: `${i}`, senderId: `sender${i}`, roomId: 'rest' })
    responses.push(
      fetch(`${url}/sendMessage`, { method: 'POST', body }).then(({ status }) => ({ text: `${i}`, status })),
    )
    await delay(1)
    // Faults are injected while requests are at every stage.
    if (i === 100) {
      cluster.redis!.freeze()
      frozen = true
    }
  }
  expect(frozen).toBe(true)
  await delay(FROZEN_MS)
  cluster.redis!.thaw()
  const answers = await Promise.all(responses)
  const created = answers.filter(({ status }) => status === 201).map(({ text }) => text)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 503]))
  expect((await entriesOf('rest')).map(({ text }) => text!).sort()).toEqual(created.sort())
  expect(await accepted()).toBe(created.length)
}, 30_000)

test('a dialect message is counted once although the first reply of the store was lost', async () => {
  const dialectClient = await DialectClient.connect(`${url}/ws`)
  dialectClient.send('before')
  await dialectClient.waitFor('before')
  cluster.redis!.freeze()
  dialectClient.send('meanwhile')
  await delay(FROZEN_MS)
  cluster.redis!.thaw()
  await dialectClient.waitFor('meanwhile')
  dialectClient.send('after')
  await dialectClient.waitFor('after')
  expect(dialectClient.received).toEqual(['before', 'meanwhile', 'after'])
  // It is counted when the append returns, which may be after the broadcast.
  while ((await accepted()) < 3) await delay(10)
  expect(await accepted()).toBe(3)
}, 30_000)
