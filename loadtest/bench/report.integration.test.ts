import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ROOT } from '../../server/local/root.ts'
import type { SystemName } from '../systems/systems.ts'
import { document } from './document.ts'
import { benchFlags, type Flags } from './flags.ts'
import { verdicts } from './goals.ts'
import { Ramp } from './max-throughput.ts'
import { page } from './page.ts'
import { RESULTS_FILE, readResults, results, summarize } from './results.ts'
import type { Run } from './run.ts'
import { schedule } from './schedule.ts'
import { table } from './table.ts'

const flags = (...argv: string[]) => benchFlags(argv) as Flags

test('systems take turns, and each repetition starts with another one', () => {
  const plan = schedule(flags('--workload', 'room-10', '--nodes', '1', '--transport', 'websocket', '--repeat', '2'))
  expect(plan.map(({ contestant, repetition }) => `${repetition} ${contestant}`)).toEqual([
    ...['1 hubbub', '1 classic', '1 sharded', '1 bare'],
    ...['2 classic', '2 sharded', '2 bare', '2 hubbub'],
  ])
})

test('a quick run is short, bare ws has no long-polling, and only Hubbub runs behind nginx', () => {
  const [full, quick] = [schedule(flags()), schedule(flags('--quick'))]
  expect(quick.length).toBeLessThan(full.length / 2)
  expect(quick[0]!.workload.seconds).toBeLessThan(full[0]!.workload.seconds)
  expect(full.filter(({ setting, contestant }) => setting.transport === 'polling' && contestant === 'bare')).toEqual([])
  expect(new Set(full.filter(({ workload }) => workload.edge).map(({ contestant }) => contestant))).toEqual(
    new Set(['hubbub']),
  )
})

test('all invalid flags are reported', () => {
  expect(benchFlags(['--only', 'hubub', '--nodes', '2', '--repeat', '0', '--fast'])).toHaveLength(4)
})

test('the ramp doubles until a rate is not sustained, then halves the interval', () => {
  const tried = (bears: number) => {
    const ramp = new Ramp(50)
    const rates: number[] = []
    for (let rate = ramp.next(); rate !== undefined; rate = ramp.next()) {
      rates.push(rate)
      ramp.tried(rate, rate <= bears)
    }
    return rates
  }
  expect(tried(170)).toEqual([50, 100, 200, 150, 175, 163])
  expect(tried(10)).toEqual([50, 25, 13, 7])
})

/** One node, WebSocket, 1,000 deliveries at `cpu` microseconds each. */
function run(workload: string, contestant: SystemName, cpu: number, p99: number, more: Partial<Run> = {}): Run {
  const used = { nodes: [cpu / 1e3], redis: 0, edge: 0, clients: 0 }
  const steady = { messages: 10, deliveries: 1_000, saidSeconds: 1, seconds: 1, cpu: used, p50: 1, p95: 2, p99 }
  const at = '2030-01-01T00:00:00.000Z'
  return { workload, nodes: 1, transport: 'websocket', contestant, repetition: 1, at, complete: true, steady, ...more }
}

test('goals compare with plain Socket.IO in the same setting', () => {
  const judged = verdicts(
    summarize([
      ...[run('room-100', 'hubbub', 5, 20), run('room-100', 'classic', 10, 9)],
      ...[run('room-10', 'hubbub', 12.1, 20), run('room-10', 'classic', 10, 6), run('rooms', 'hubbub', 1, 1)],
    ]),
  )
  const met = (goal: RegExp, workload: string) =>
    judged.find((verdict) => goal.test(verdict.goal) && verdict.setting.startsWith(`${workload},`))
  expect(met(/CPU/, 'room-100')).toMatchObject({ met: true, reached: '0.500' })
  expect(met(/CPU/, 'room-10')).toMatchObject({ met: false })
  expect(met(/CPU/, 'room-10')!.over).toBeCloseTo(0.1)
  expect(met(/p99/, 'room-100')).toMatchObject({ met: true, wanted: 'at most 21.0 ms' })
  expect(met(/p99/, 'room-10')).toMatchObject({ met: false, wanted: 'at most 18.0 ms' })
  expect(met(/CPU/, 'rooms')).toBeUndefined()
})

test('an incomplete run is listed and does not count', () => {
  const lost = run('room-100', 'hubbub', 0.001, 0, { complete: false, why: '3 incorrect', repetition: 2 })
  const all = results([run('room-100', 'hubbub', 5, 20), lost, run('room-100', 'classic', 10, 9)], false)
  expect(summarize(all.runs)[0]).toMatchObject({ complete: 1, repetitions: 2, cpuPerDelivery: { median: 5, count: 1 } })
  expect(table(all)).toMatch(/Hubbub +1\/2 +5\.00/)
  expect(table(all)).toContain(`${all.gatheringWindowMs} ms`)
  expect(page(all)).toContain('1 of 2 count (3 incorrect)')
})

test('the page is self-contained and has a bar for each system', () => {
  const html = page(results([run('rooms', 'hubbub', 5, 20), run('rooms', 'bare', 3, 9)], true))
  expect(html.match(/<rect/g)).toHaveLength(4)
  expect(html).not.toMatch(/<script|src=|href=|NaN|undefined/)
})

test('docs/fan-out.md matches the results (update: npm run bench -- --write)', () => {
  const text = readFileSync(join(ROOT, 'docs', 'fan-out.md'), 'utf8')
  expect(text).toBe(document(readResults(RESULTS_FILE)))
  expect(text).not.toMatch(/undefined|NaN/)
})

test('the document has each goal with its verdict and each workload with its figures', () => {
  const runs = [run('room-10', 'hubbub', 12, 20), run('room-10', 'classic', 10, 6), run('rooms', 'hubbub', 1, 1)]
  const text = document(results(runs, false))
  expect(text).toContain(
    '| missed by 9 % | server CPU per delivery, relative to plain | room-10, 1 node, websocket | 1.200 |',
  )
  expect(text).toMatch(/### 1,000 members × 10\/s in one room\n\n\| nodes \|/)
  expect(text).toContain('| 1 | websocket | Socket.IO, classic adapter | 1/1 | 10.00 |')
})
