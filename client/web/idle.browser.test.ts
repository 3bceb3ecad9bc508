import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { TestClient } from '../../server/test/person.ts'
import { launch, open, signIn } from './test-page.ts'

/** Longer than the polling interval for nodes without the feature `rooms`. */
const IDLE_MS = 12_000
const ROOMS = 250

let cluster: TestCluster
let browser: Browser

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
  browser = await launch()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await cluster?.close()
})

test(`an idle page beside ${ROOMS} rooms receives less than 4 KiB in 12 s, and shows new messages without polling`, async () => {
  const ada = await TestClient.connect(cluster.urls[1]!, 'Ada')
  const rooms = Array.from({ length: ROOMS }, (_, i) => `room-${i}`)
  await Promise.all(rooms.map((room) => ada.emit('room:join', { room })))
  await Promise.all(rooms.map((room) => ada.send(room, `words in ${room}`)))
  const page = await open(browser, cluster.urls[0]!)
  const network = await page.context().newCDPSession(page)
  const traffic = { bytes: 0, asked: 0 }
  await network.send('Network.enable')
  network.on('Network.webSocketFrameReceived', ({ response }) => {
    traffic.bytes += response.payloadData.length
  })
  network.on('Network.webSocketFrameSent', ({ response }) => {
    if (response.payloadData.includes('room:list')) traffic.asked++
  })
  network.on('Network.dataReceived', ({ dataLength }) => {
    traffic.bytes += dataLength
  })
  await page.addInitScript(() => localStorage.setItem('hubbub.transport', 'websocket'))
  await page.reload()
  await signIn(page, 'Bob')
  const list = page.getByRole('navigation', { name: 'Rooms' })
  await list.getByText(`words in room-${ROOMS - 1}`).waitFor()
  expect(traffic.asked).toBeGreaterThan(0)
  // Changes from before the sign-in may be pushed once more.
  await new Promise((next) => setTimeout(next, 3_000))
  Object.assign(traffic, { bytes: 0, asked: 0 })
  await new Promise((next) => setTimeout(next, IDLE_MS))
  await ada.send('room-7', 'and now this')
  await list.getByText('and now this').waitFor()
  expect(traffic.asked).toBe(0)
  expect(traffic.bytes).toBeGreaterThan(0)
  expect(traffic.bytes).toBeLessThan(4_096)
  ada.close()
}, 90_000)
