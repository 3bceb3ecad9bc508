import { expect, test } from '@jest/globals'
import { Random } from '../measure/random.ts'
import { CLUSTER_FAULTS, plan, type Round } from './plan.ts'

function rounds(seed: number, forMs: number): Round[] {
  const endless = plan(new Random(seed), forMs)
  return Array.from({ length: 2 * CLUSTER_FAULTS.length }, () => endless.next().value)
}

test('the seed determines the order of faults', () => {
  expect(rounds(7, 600_000)).toEqual(rounds(7, 600_000))
  expect(rounds(7, 600_000)).not.toEqual(rounds(8, 600_000))
})

test('each kind of fault occurs once before any repeats', () => {
  const clusterFaults = rounds(7, 600_000).map(({ clusterFault }) => clusterFault)
  expect(new Set(clusterFaults.slice(0, CLUSTER_FAULTS.length))).toEqual(new Set(CLUSTER_FAULTS))
  expect(new Set(clusterFaults.slice(CLUSTER_FAULTS.length))).toEqual(new Set(CLUSTER_FAULTS))
})

test('a long run checks presence after each fault, a short one after some', () => {
  expect(rounds(7, 600_000).every(({ look }) => look)).toBe(true)
  expect(rounds(7, 60_000).filter(({ look }) => look)).toHaveLength(5)
})
