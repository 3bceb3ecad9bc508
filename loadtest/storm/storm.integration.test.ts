import { expect, test } from '@jest/globals'
import { STORM_LIVE_MS, STORM_P99_MS, storm, stormFlags } from './storm.ts'

test('with 1,500 clients, all reconnect after one of three nodes is killed, and other clients are barely affected', async () => {
  const result = await storm({ clients: 1_500, nodes: 3, roomSize: 50, everyMs: 2_000, log: () => {} })
  expect(result.lost).toBeGreaterThan(300)
  expect(result.before.deliveries).toBeGreaterThan(200)
  expect(result.during.deliveries).toBeGreaterThan(200)
  expect(result.allLiveMs).toBeLessThan(STORM_LIVE_MS)
  expect(result.during.p99).toBeLessThan(STORM_P99_MS)
}, 120_000)

test('invalid flags are reported in one sentence each', () => {
  expect(stormFlags([])).toEqual({ clients: 15_000, nodes: 3, roomSize: 50, everyMs: 2_000, help: false })
  expect(stormFlags(['--nodes', '1', '--clients', 'many', '--wind', '9'])).toEqual([
    'Unknown option --wind.',
    'Unexpected argument: 9.',
    '--clients must be an integer from 1 to 100000, not "many".',
    '--nodes must be an integer from 2 to 12, not "1".',
  ])
})
