import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { NodeProcess } from './node-process.ts'
import { HANDSHAKE, RawConnection } from './raw.ts'

// In a process of its own, whose event loop can be stopped; this process stands in for nginx, which tells it who connects.
let node: NodeProcess

beforeAll(async () => {
  node = await NodeProcess.start({ DRAIN_MS: '200', LOG_LEVEL: 'info' })
}, 60_000)
afterAll(() => node.stop())

const FLOOD = '203.0.113.7'
const OTHER = '203.0.113.8'
/** More than may be arriving while the event loop lags. */
const SESSIONS = 520
/** Far more than the lag up to which a full node admits newcomers. */
const FROZEN_MS = 1_500

const handshake = (address: string) =>
  `GET ${HANDSHAKE}polling HTTP/1.1\r\nHost: here\r\nX-Forwarded-For: ${address}\r\n\r\n`

/** Pipelines handshakes that are never connected: on a machine that is busy itself the last ones are refused already. */
async function leaveOpen(count: number): Promise<void> {
  const requests = await RawConnection.open(node.port)
  requests.write(handshake(FLOOD).repeat(count))
  expect(await requests.waitFor('HTTP/1.1 ', count)).toBe(true)
  await requests.reset()
}

test('half-open sessions of one address give way to newcomers of others on a node that lags', async () => {
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
