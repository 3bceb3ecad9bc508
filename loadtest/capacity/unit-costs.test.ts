import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readUnitCosts, UNIT_COSTS } from './capacity.ts'
import { microsPerDelivery } from './gathering.ts'
import { madeUp } from './sample-costs.ts'
import { KNOWN_COSTS, type UnitCostFile, type UnitCosts, unitCosts } from './unit-costs.ts'

const kept = readUnitCosts(UNIT_COSTS)

test('the measured file is valid', () => {
  expect(Array.isArray(kept) ? kept : []).toEqual([])
})

describe('a valid file', () => {
  const costs = unitCosts(madeUp) as UnitCosts

  test('has its values, and 0 for missing ones', () => {
    const { 'redis.microsPerLease': _, ...others } = madeUp.costs
    const without = unitCosts({ ...madeUp, costs: others }) as UnitCosts
    expect(costs.of('node.bytesPerConnection')).toBe(20_000)
    expect(costs.missing).toEqual([])
    expect(without.of('redis.microsPerLease')).toBe(0)
    expect(without.missing).toEqual(['redis.microsPerLease'])
    const undelivered = unitCosts({ ...madeUp, deliveries: [] }) as UnitCosts
    expect(undelivered.delivery).toEqual({ perPacket: 0, perEntry: 0 })
    expect(undelivered.missing).toEqual(['deliveries'])
    expect(costs.commands).toEqual(['npm run made-up'])
  })

  test('approximates each of its points', () => {
    expect(costs.points.length).toBeGreaterThan(0)
    for (const { delivery, points } of [costs, ...(kept && !Array.isArray(kept) ? [kept] : [])]) {
      for (const { messagesPerSecond, microsPerDelivery: point } of points) {
        expect(Math.abs(microsPerDelivery(delivery, messagesPerSecond) / point - 1)).toBeLessThan(0.35)
      }
    }
  })
})

test('all problems of an invalid file are reported', () => {
  const wrong = {
    costs: {
      'node.bytesPerConnection': { value: '15 kB', unit: 'kB', date: 'today', command: '' },
      'node.colour': { value: 1, unit: 'B', date: '2026-01-31', command: 'x' },
    },
    deliveries: [{ messagesPerSecond: 0, microsPerDelivery: 1, date: '2026-01-31', command: 'x' }],
  } as unknown as UnitCostFile
  expect(unitCosts(wrong)).toEqual([
    '"machine" must describe the machine of the measurement.',
    'node.bytesPerConnection: "value" must be a number of at least 0, not 15 kB.',
    'node.bytesPerConnection is in B, not in kB.',
    'node.bytesPerConnection: "date" must be a date such as 2026-01-31.',
    'node.bytesPerConnection: "command" must be the command that was run.',
    'Unknown cost: node.colour.',
    'deliveries[0]: "messagesPerSecond" must be a number above 0.',
  ])
  expect(unitCosts(null)).toEqual(['"machine" must describe the machine of the measurement.'])
  expect(unitCosts({ ...madeUp, deliveries: {} })).toEqual(['"deliveries" must be a list of points.'])
})

test('loadtest/results/unit-costs.md lists exactly the known costs', () => {
  const listed = [
    ...readFileSync(UNIT_COSTS.replace('.json', '.md'), 'utf8').matchAll(/^\| `(\S+)` \| (\S+) \| (.+) \|$/gm),
  ]
  expect(listed.map(([, name, unit, meaning]) => [name, [unit, meaning]])).toEqual(Object.entries(KNOWN_COSTS))
})
