import { expect, test } from '@jest/globals'
import { Histogram } from '../../measure/histogram.ts'
import type { PhaseReport } from './messages.ts'
import { overloadFaults, phaseOf } from './result.ts'
import { overloadTable } from './table.ts'

/** 8 s at twice a capacity of 1,000 per second; every response takes `delayMs`. */
function report({ accepted = 7_000, delayMs = 100 }): PhaseReport {
  const acks = new Histogram()
  acks.add(delayMs * 10, accepted)
  const counts = { offered: 16_000, seconds: 8, accepted, acceptedInTime: accepted, refused: 16_000 - accepted }
  return { ...counts, unanswered: 0, faults: { unavailable: counts.refused }, acks: acks.packed(), refusals: [] }
}

const at = { factor: 2, capacity: 1_000 }
const retry = { retried: 2_000, stored: 0, unknown: 0 }

test('rates and delays of a phase are computed', () => {
  const phase = phaseOf(at, report({}), retry)
  expect(phase).toMatchObject({ offered: 2_000, acknowledged: 875, refused: 1_125, p50Ms: 100, p99Ms: 100 })
  expect(overloadFaults([phase])).toEqual([])
  expect(overloadTable({ rooms: 5, seconds: 8, phases: [phase], faults: [] })).toContain('0.0 % of 2000')
})

test('each broken promise is reported', () => {
  const faults = overloadFaults([
    phaseOf(at, report({ accepted: 4_000, delayMs: 700 }), { retried: 2_000, stored: 30, unknown: 4 }),
  ])
  expect(faults).toEqual([
    '2 × capacity: 500 a second acknowledged, not 800',
    '2 × capacity: p99 of what was accepted is 700 ms, not 500',
    '2 × capacity: 1.5 % of what was refused is stored',
    '2 × capacity: 4 retries were refused repeatedly',
  ])
})

test('a phase with too low a rate is void', () => {
  expect(overloadFaults([phaseOf({ factor: 3, capacity: 1_000 }, report({}), retry)])).toEqual([
    '3 × capacity: void, only 2000 a second were sent',
  ])
})
