import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Servers } from '../servers.ts'
import { abuse } from './abuse.ts'
import { PHASES, scaled } from './phases.ts'
import { phaseTable, summary } from './table.ts'

let servers: Servers
beforeAll(async () => {
  servers = await Servers.start(3, 100, { LOG_LEVEL: 'error' })
}, 60_000)
afterAll(() => servers.close())

/** Absolute performance depends on the machine; the test checks that the tool counts consistently. */
test('with a tenth of the attackers, the counters of all phases add up, in the control and in the attack', async () => {
  const phases = PHASES.map((phase) => scaled(phase, 0.1))
  const outcome = await abuse({ servers, phases, users: 60, seconds: 1, seed: 5, settleMs: 0, connectWithinMs: 500 })
  expect(outcome.phases.map(({ phase }) => phase)).toEqual(PHASES.map(({ name }) => name))
  for (const [i, result] of outcome.phases.entries()) {
    const attackers = phases[i]!.groups.reduce((sum, { count }) => sum + count, 0)
    for (const measurement of [result.control, result.attack]) {
      const { offered, written, heldBack, unconnected, served, refused } = measurement.attack
      expect(written + heldBack + unconnected).toBe(offered)
      expect(written).toBeGreaterThan(0)
      expect(served + refused).toBeLessThanOrEqual(written)
      expect(measurement.attack.attackers).toBe(attackers)
      expect(measurement.attack.cpuSeconds).toBeGreaterThan(0)
      expect(measurement.acknowledged).toBeLessThanOrEqual(measurement.sent)
      expect(measurement.acknowledged).toBeGreaterThan(0)
      expect(measurement.delivered).toBeGreaterThanOrEqual(measurement.acknowledged)
      expect(measurement.outOfOrder).toBe(0)
    }
    expect(result.memory).toHaveLength(3)
    expect(result.presence).toMatchObject({ missing: 0 })
    expect(phaseTable(result)).toContain(result.title)
  }
  expect(summary(outcome).split('\n')).toHaveLength(1 + PHASES.length)
  const [websocket] = outcome.phases
  // Refusals read by the attackers match those counted by the nodes, except for responses in flight.
  expect(websocket!.attack.attack.refused).toBeGreaterThan(0)
  expect(websocket!.counters['hubbub_refused_total{code="rate_limited"}']).toBeGreaterThan(0)
}, 180_000)
