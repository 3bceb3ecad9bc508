import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { NodeProcess } from './node-process.ts'
import { HANDSHAKE, RawConnection } from './raw.ts'

// The node runs in its own process, whose event loop can be stopped. This process acts as nginx and sends client addresses.
let node: NodeProcess

beforeAll(async () => {
  node = await NodeProcess.start({ DRAIN_MS: '200', LOG_LEVEL: 'info' })
}, 60_000)
afterAll(() => node.stop())

const FLOOD = '203.0.113.7'
const OTHER = '203.0.113.8'
/** More than the admission limit for sessions being opened while the event loop lags. */
const SESSIONS = 520
/** Far more than the lag up to which a full node admits new connections. */
const FROZEN_MS = 1_500

const handshake = (address: string) =>
  `GET ${HANDSHAKE}polling HTTP/1.1\r\nHost: here\r\nX-Forwarded-For: ${address}\r\n\r\n`

/** Pipelines handshakes without CONNECT; on a busy machine the last ones are already rejected. */
async function leaveOpen(count: number): Promise<void> {
  const requests = await RawConnection.open(node.port)
  requests.write(handshake(FLOOD).repeat(count))
  expect(await requests.waitFor('HTTP/1.1 ', count)).toBe(true)
  await requests.reset()
}

test('on a lagging node, half-open sessions of one address make way for new connections of others', async () => {
  await leaveOpen(SESSIONS)
  const [flood, other] = [await RawConnection.open(node.port), await RawConnection.open(node.port)]
  await node.freeze(FROZEN_MS, async () => {
    flood.write(handshake(FLOOD))
    other.write(handshake(OTHER))
  })
  expect(await flood.nextResponse()).toContain('503 Service Unavailable')
  expect(await other.nextResponse()).toContain('200 OK')
  await Promise.all([flood.reset(), other.reset()])
})
