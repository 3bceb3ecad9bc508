import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from '../../protocol/limits.ts'
import { faultsOf, type Memory, type Outcome } from './outcome.ts'
import { type Kept, keep, unitCostsOf } from './save-results.ts'
import { table } from './table.ts'

const nobody = { nodes: 300e6, redis: 5e6, nginx: 10e6, visitors: 20e6, heaps: 90e6 }
const kernel = { slabBytes: 500e6, pageTableBytes: 0, tcpSockets: 100, tcpBytes: 0, availableBytes: 20e9 }
const before: Memory = { ...nobody, ...kernel }
const heard = { heard: 1_000, twice: 0, accepted: 1, refused: 0, p50: 5, p95: 8, p99: 10, slowest: 12 }

/** 20,000 users; each takes 10 kB of node memory, 8 kB of nginx, 1 kB of Redis, and four sockets of 2 kB. */
const outcome: Outcome = {
  ...{ count: 20_000, transport: 'websocket', nodes: 3, workers: 4, processes: 2 },
  pings: { intervalMs: PING_INTERVAL_MS, timeoutMs: PING_TIMEOUT_MS },
  ...{ at: '2026-01-31T12:00:00.000Z', arriving: 300, arrivalSeconds: 40, live: 20_000, lost: 0 },
  arrivalCpu: { nodes: 20, redis: 4, nginx: 10, visitors: 8 },
  idleSeconds: 10,
  idleCpu: { nodes: 2, redis: 0.1, nginx: 1, visitors: 1 },
  ...{ retries: { 'refused with 503': 7 }, on: { n1: 6_000, n2: 7_000, n3: 7_000 } },
  thousand: { messages: 1, deliveries: 1_000, ...heard },
  all: [{ messages: 1, deliveries: 20_000, ...heard, heard: 20_000 }],
  before,
  after: {
    ...before,
    ...{ nodes: 500e6, heaps: 200e6, nginx: 170e6, redis: 25e6, visitors: 60e6 },
    ...{ slabBytes: 660e6, tcpSockets: 80_100, availableBytes: 19e9 },
  },
}

test('a successful run has no faults', () => {
  expect(faultsOf(outcome)).toEqual([])
})

test('each failure is reported', () => {
  const bad = { ...outcome, live: 19_999, lost: 1, why: 'closed by the server' }
  const late = { ...outcome.thousand, p99: 1_200, heard: 999 }
  expect(faultsOf({ ...bad, thousand: late, all: [{ ...outcome.all[0]!, twice: 1, refused: 1 }] })).toEqual([
    '19999 of 20000 are connected.',
    '1 lost their connection: closed by the server',
    '999 of 1000 deliveries, 0 of them duplicates.',
    '1 messages were refused.',
    '20000 of 20000 deliveries, 1 of them duplicates.',
    'p99 in a room of 1,000 was 1200 ms.',
  ])
})

test('the cost of one connection', () => {
  expect(unitCostsOf([outcome])).toEqual({
    'node.bytesEmpty': 100e6,
    'node.bytesPerConnection': 10_000,
    'node.microsPerIdleSecond': 10,
    'node.microsPerArrival': 800,
    'edge.microsPerArrival': 400,
    'edge.bytesPerConnection': 8_000,
    'kernel.bytesPerSocket': 2_000,
    'redis.bytesPerConnection': 500,
  })
})

test('runs are saved, and the medians of the largest as unit costs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-connections-'))
  try {
    const kept = () => JSON.parse(readFileSync(join(folder, 'connections.json'), 'utf8')) as Kept
    const costs = () => JSON.parse(readFileSync(join(folder, 'unit-costs.json'), 'utf8')).costs
    keep({ ...outcome, count: 2_000 }, 'npm run connections -- --count 2000', folder)
    expect(costs).toThrow('ENOENT')
    for (const nodes of [500e6, 520e6, 900e6]) {
      keep({ ...outcome, after: { ...outcome.after, nodes } }, 'npm run connections -- --count 20000', folder)
    }
    // With a longer ping interval, idle connections cost less.
    const leisurely = { ...outcome, count: 100_000, pings: { intervalMs: 25_000, timeoutMs: 20_000 } }
    keep(leisurely, 'npm run connections -- --count 100000', folder)
    expect(kept().runs.map(({ count }) => count)).toEqual([2_000, 20_000, 20_000, 20_000, 100_000])
    expect(costs()['node.bytesPerConnection']).toEqual({
      value: 11_000,
      unit: 'B',
      date: '2026-01-31',
      command: 'npm run connections -- --count 20000',
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the table contains all figures', () => {
  const text = table(outcome)
  for (const words of ['20,000 users', '500 a second', '7 × refused with 503', '4.0 sockets of 2.0 kB', '10.0 kB']) {
    expect(text).toContain(words)
  }
  expect(text).toContain('10.00 µs per second and connection')
})
