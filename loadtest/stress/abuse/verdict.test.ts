import { expect, test } from '@jest/globals'
import type { Measurement } from './result.ts'
import { phaseFaults, phaseVoids } from './verdict.ts'

const MB = 1024 * 1024
const counts = {
  offered: 200_000,
  written: 150_000,
  heldBack: 49_000,
  unconnected: 1_000,
  served: 1_000,
  refused: 99_000,
}
const measurement: Measurement = {
  ...{ seconds: 10, ack: { p50: 2, p99: 20 }, delivery: { p50: 3, p99: 30 } },
  ...{ sent: 500, acknowledged: 500, delivered: 9_000, unanswered: 0, faults: {}, disconnects: {} },
  ...{ outOfOrder: 0, stale: 0, behind: 0, newcomers: { admitted: 10, refused: {}, p50: 9, worst: 20 } },
  attack: { ...counts, attackers: 20, connected: 20, closed: {}, cpuSeconds: 4, throttledMs: 0 },
  attackCores: 0.4,
}
const good = {
  ...{ control: measurement, attack: measurement, offeredAtLeast: 20_000 },
  users: { ready: 300, all: 300 },
  presence: { reads: 30, unanswered: 0, missing: 0, examples: [] },
  memory: [{ before: 100 * MB, most: 300 * MB, after: 164 * MB }],
}
const attacked = (change: Partial<Measurement>) => ({ ...good, attack: { ...measurement, ...change } })

test('a phase without effect on ordinary users passes', () => {
  expect([phaseFaults(good), phaseVoids(good)]).toEqual([[], []])
  // Up to twice the control's latency and up to 100 ms are allowed.
  const slower = { ack: { p50: 4, p99: 40 }, delivery: { p50: 4, p99: 60 } }
  expect(phaseFaults(attacked(slower))).toEqual([])
})

test.each([
  [{ ack: { p50: 2, p99: 40.1 } }, /^The p99 of acknowledgements was 40.1 ms, and 20 ms in the control \(2.0 times\)/],
  [{ delivery: { p50: 2, p99: 101 } }, /^The p99 of deliveries was 101 ms/],
  [{ disconnects: { 'closed with 1006': 2 } }, /^2 ordinary connections ended: closed with 1006\.$/],
  [{ faults: { unavailable: 3 } }, /^3 messages of ordinary users were not stored: unavailable\.$/],
  [{ unanswered: 4 }, /^4 messages of ordinary users were not answered\.$/],
  [{ outOfOrder: 1 }, /^1 entries were out of order\.$/],
  [{ stale: 1 }, /^1 streams of ordinary users were ended as too slow\.$/],
  [{ behind: 5 }, /^5 streams of ordinary users lacked entries in the end\.$/],
  [
    { newcomers: { admitted: 9, refused: { 'refused with 503': 1 }, p50: 1, worst: 2 } },
    /^1 newcomers were refused: refused with 503\.$/,
  ],
])('%j is a fault', (change, sentence) => {
  expect(phaseFaults(attacked(change))).toEqual([expect.stringMatching(sentence)])
})

test('more than 100 ms is a fault, however slow the control was', () => {
  const slow = { ...measurement, ack: { p50: 5, p99: 90 } }
  const facts = { ...good, control: slow, attack: { ...slow, ack: { p50: 5, p99: 101 } } }
  expect(phaseFaults(facts)).toEqual([expect.stringMatching(/at most 100 ms are allowed\.$/)])
})

test('incomplete or unreadable member lists are faults', () => {
  const presence = { reads: 30, unanswered: 0, missing: 2, examples: ['n1 lobby u1'] }
  expect(phaseFaults({ ...good, presence })).toEqual([
    '2 connected users were missing from a member list (n1 lobby u1).',
  ])
  const none = { reads: 0, unanswered: 6, missing: 0, examples: [] }
  expect(phaseFaults({ ...good, presence: none })).toEqual([
    'No member list could be read.',
    '6 member lists could not be read.',
  ])
})

test('memory that is not released is a fault', () => {
  const memory = [good.memory[0]!, { before: 100 * MB, most: 300 * MB, after: 165 * MB }]
  expect(phaseFaults({ ...good, memory })).toEqual([
    'n2 holds 165 MB 60 s after the attack, 65 MB more than before it; at most 64 MB are allowed.',
  ])
})

const attackOf = (change: Partial<typeof measurement.attack>) =>
  attacked({ attack: { ...measurement.attack, ...change } })

test.each([
  [{ offered: 199_000, heldBack: 48_000 }, 'attack: 19900 commands/s were offered, fewer than 20000.'],
  [
    { written: 150_001 },
    'attack: 200000 offered are not 150001 written, 49000 held back and 1000 without a connection.',
  ],
  [{ served: 51_001 }, 'attack: 150001 answers to 150000 commands.'],
  [{ attackers: 0 }, 'attack: there was no attacker.'],
])('%j makes it void', (change, sentence) => {
  expect(phaseVoids(attackOf(change))).toEqual([sentence])
})

test('void: users were not connected at the start', () => {
  expect(phaseVoids({ ...good, users: { ready: 298, all: 300 } })).toEqual([
    '2 of 300 ordinary users were not connected when the phase started.',
  ])
})

test('void: attackers above their CPU share, a control without messages, no newcomer', () => {
  expect(phaseVoids(attacked({ attackCores: 0.6 }))).toEqual(['attack: the attackers used 0.60 cores, more than 0.5.'])
  const silent = { ...measurement, acknowledged: 0, delivered: 0 }
  expect(phaseVoids({ ...good, control: silent })).toEqual([
    'control: no message was acknowledged.',
    'control: no message was delivered.',
  ])
  const newcomers = { admitted: 0, refused: {}, p50: 0, worst: 0 }
  expect(phaseVoids(attacked({ newcomers }))).toEqual(['attack: no newcomer connected.'])
})
