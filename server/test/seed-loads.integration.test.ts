import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type RunningCluster, startCluster } from '../local/cluster.ts'
import { DialectClient } from './dialect-client.ts'

/** Fewer clients than in the original load tests, each at its full rate; the nodes have default settings. */
let cluster: RunningCluster
let at: string
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, host: '127.0.0.1', env: { LOG_LEVEL: 'error' } })
  at = cluster.url
})
afterAll(async () => {
  DialectClient.disconnectAll()
  await cluster.stop()
})

test.each([
  [500, 100, 40],
  [10_240, 50, 40],
])('strangers that send %d bytes every %d ms lose nothing', async (bytes, everyMs, messages) => {
  const people = await Promise.all(Array.from({ length: 20 }, () => DialectClient.connect(`${at}/ws/strangers`)))
  await Promise.all(people.map((dialectClient) => dialectClient.waitFor(/connected to a stranger/)))
  const text = 'x'.repeat(bytes)
  for (let i = 0; i < messages; i++) {
    for (const client of people) client.send(text)
    await delay(everyMs)
  }
  for (const client of people) {
    const frames = await client.waitForMessages(messages + 1)
    expect(frames.slice(1)).toEqual(Array(messages).fill(JSON.stringify({ type: 'chat', msg: text })))
    expect(client.closed).toBeUndefined()
  }
  for (const client of people) client.ws.close()
})

test('text clients that send in a tight loop get every response', async () => {
  const people = await Promise.all(Array.from({ length: 10 }, () => DialectClient.connect(`${at}/ws`)))
  await Promise.all(
    people.map(async (client) => {
      for (let sent = 1; sent <= 60; sent++) {
        client.send('hello from locust')
        await client.waitForMessages(sent)
      }
    }),
  )
  for (const client of people) {
    expect((await client.waitForMessages(600)).length).toBe(600)
    expect(client.closed).toBeUndefined()
  }
  for (const client of people) client.ws.close()
})

test('events and json clients receive everything that is sent at full speed', async () => {
  const events = await DialectClient.connect(`${at}/ws/events`)
  const json = await DialectClient.connect(`${at}/ws/json`)
  for (let i = 0; i < 100; i++) {
    events.send(JSON.stringify({ type: 'chat', sender: 'a', content: `event ${i}.`, timestamp: 1 }))
    json.send(JSON.stringify({ content: `json ${i}.` }))
  }
  for (let i = 0; i < 100; i++) {
    for (const client of [events, json]) await client.waitFor(new RegExp(`event ${i}\\.`))
    for (const client of [events, json]) await client.waitFor(new RegExp(`json ${i}\\.`))
  }
  expect(events.closed ?? json.closed).toBeUndefined()
})

test('all REST messages of many senders are stored', async () => {
  const sends = Array.from({ length: 80 }, (_, i) =>
    fetch(`${at}/sendMessage`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        message: `by REST ${i}`,
        senderId: `sender-${i % 8}`,
        timestamp: new Date().toISOString(),
      }),
    }),
  )
  expect((await Promise.all(sends)).map(({ status }) => status)).toEqual(Array(80).fill(201))
})
