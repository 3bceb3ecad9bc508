import { expect, test } from '@jest/globals'
import { STORM_LIVE_MS, STORM_P99_MS, storm } from './storm.ts'

test('1,500 clients, and one of three nodes is killed: all are live again, and those who stayed feel little', async () => {
  const result = await storm({ clients: 1_500, nodes: 3, roomSize: 50, everyMs: 2_000, say: () => {} })
  expect(result.lost).toBeGreaterThan(300)
  expect(result.before.deliveries).toBeGreaterThan(200)
  expect(result.during.deliveries).toBeGreaterThan(200)
  expect(result.allLiveMs).toBeLessThan(STORM_LIVE_MS)
  expect(result.during.p99).toBeLessThan(STORM_P99_MS)
}, 120_000)
